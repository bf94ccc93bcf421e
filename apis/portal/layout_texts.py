"""The words that every page shares, by language."""

from stadspuls.model import Origin, Quality

TEXTS: dict[str, dict[str, str]] = {
    "nl": {
        "skip": "Naar de inhoud",
        "languages": "Taal",
        "path": "U bent hier",
        "home": "Vlaanderen",
        "footer": "Over deze gegevens",
        "promise": "Open data, zonder sleutel. Elke dataset noemt haar licentie, haar bron en haar herkomst.",
        "docs": "Interfaces",
        "openapi": "OpenAPI",
        "asyncapi": "AsyncAPI",
        "catalog": "Catalogus",
        "terms": "Begrippen",
        "errors": "Foutcodes",
        "health": "Toestand",
        "software": "Stadspuls is vrije software (Apache-2.0). Kaart: Natural Earth, publiek domein.",
        "live": "Live",
        "connecting": "Verbinden …",
        "lost": "Verbinding verbroken. Ze wordt vanzelf hersteld; wat u ziet kan oud zijn.",
        "taken": "Stand van {time}",
        "ago": "{age} geleden",
        "never": "nog geen waarde",
        "yes": "ja",
        "no": "nee",
        "known": "{known} van {capacity} bekend",
        "stale": "geen nieuws",
        "aggregates": "alleen gemiddelden",
    },
    "en": {
        "skip": "Skip to the content",
        "languages": "Language",
        "path": "You are here",
        "home": "Flanders",
        "footer": "About these data",
        "promise": "Open data, no key needed. Each dataset names its licence, its source and its origin.",
        "docs": "Interfaces",
        "openapi": "OpenAPI",
        "asyncapi": "AsyncAPI",
        "catalog": "Catalogue",
        "terms": "Terms",
        "errors": "Error codes",
        "health": "Health",
        "software": "Stadspuls is free software (Apache-2.0). Map: Natural Earth, public domain.",
        "live": "Live",
        "connecting": "Connecting …",
        "lost": "Connection lost. It comes back by itself; what you see may be old.",
        "taken": "As of {time}",
        "ago": "{age} ago",
        "never": "no value yet",
        "yes": "yes",
        "no": "no",
        "known": "{known} of {capacity} known",
        "stale": "no news",
        "aggregates": "averages only",
    },
    "fr": {
        "skip": "Aller au contenu",
        "languages": "Langue",
        "path": "Vous êtes ici",
        "home": "Flandre",
        "footer": "À propos de ces données",
        "promise": "Données ouvertes, sans clé. Chaque jeu de données indique sa licence, sa source et son origine.",
        "docs": "Interfaces",
        "openapi": "OpenAPI",
        "asyncapi": "AsyncAPI",
        "catalog": "Catalogue",
        "terms": "Termes",
        "errors": "Codes d'erreur",
        "health": "État",
        "software": "Stadspuls est un logiciel libre (Apache-2.0). Carte : Natural Earth, domaine public.",
        "live": "En direct",
        "connecting": "Connexion …",
        "lost": "Connexion perdue. Elle se rétablit d'elle-même ; ce que vous voyez peut être ancien.",
        "taken": "État à {time}",
        "ago": "il y a {age}",
        "never": "pas encore de valeur",
        "yes": "oui",
        "no": "non",
        "known": "{known} sur {capacity} connues",
        "stale": "sans nouvelles",
        "aggregates": "moyennes seulement",
    },
}

ORIGINS: dict[str, dict[Origin, str]] = {
    "nl": {Origin.MEASURED: "gemeten", Origin.REPLAYED: "opname", Origin.SIMULATED: "simulatie"},
    "en": {Origin.MEASURED: "measured", Origin.REPLAYED: "recording", Origin.SIMULATED: "simulation"},
    "fr": {Origin.MEASURED: "mesuré", Origin.REPLAYED: "enregistrement", Origin.SIMULATED: "simulation"},
}
"""Short, for badges."""

ORIGIN_SENTENCES: dict[str, dict[Origin, str]] = {
    "nl": {
        Origin.MEASURED: "Nu gemeten door sensoren.",
        Origin.REPLAYED: "Een opname die opnieuw wordt afgespeeld; niet nu gemeten.",
        Origin.SIMULATED: "Verzonnen door een simulatie; nooit gemeten.",
    },
    "en": {
        Origin.MEASURED: "Measured now, by sensors.",
        Origin.REPLAYED: "A recording that is played again; not measured now.",
        Origin.SIMULATED: "Made up by a simulation; never measured.",
    },
    "fr": {
        Origin.MEASURED: "Mesuré en ce moment par des capteurs.",
        Origin.REPLAYED: "Un enregistrement rejoué ; pas mesuré en ce moment.",
        Origin.SIMULATED: "Inventé par une simulation ; jamais mesuré.",
    },
}

QUALITIES: dict[str, dict[Quality, str]] = {
    "nl": {Quality.GOOD: "", Quality.SUSPECT: "verdacht", Quality.INCOMPLETE: "onvolledig"},
    "en": {Quality.GOOD: "", Quality.SUSPECT: "suspect", Quality.INCOMPLETE: "incomplete"},
    "fr": {Quality.GOOD: "", Quality.SUSPECT: "suspect", Quality.INCOMPLETE: "incomplet"},
}
"""What is said beside a value that is not simply good."""
