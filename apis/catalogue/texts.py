"""The words of catalogues, in Dutch, English and French."""

from stadspuls.registry import LangMap

ALL_TITLE: LangMap = {
    "nl": "Stadspuls: open data van steden in reële tijd",
    "en": "Stadspuls: real-time open data of cities",
    "fr": "Stadspuls : données ouvertes des villes en temps réel",
}
ALL_DESCRIPTION: LangMap = {
    "nl": "Wat sensoren van steden waarnemen, als open data: nu, live en doorheen de tijd.",
    "en": "What the sensors of cities observe, as open data: now, live and through time.",
    "fr": "Ce que les capteurs des villes observent, en données ouvertes : maintenant, en direct et dans le temps.",
}
CITY_TITLE: LangMap = {
    "nl": "{city}: open data in reële tijd",
    "en": "{city}: real-time open data",
    "fr": "{city} : données ouvertes en temps réel",
}
CITY_DESCRIPTION: LangMap = {
    "nl": "Wat sensoren in {city} waarnemen, als open data: nu, live en doorheen de tijd.",
    "en": "What sensors in {city} observe, as open data: now, live and through time.",
    "fr": "Ce que les capteurs à {city} observent, en données ouvertes : maintenant, en direct et dans le temps.",
}

RIGHTS: LangMap = {
    "nl": "Open data: vrij te gebruiken onder de vermelde licentie, zonder sleutel.",
    "en": "Open data: free to use under the licence that is named, without a key.",
    "fr": "Données ouvertes : libres d'utilisation sous la licence indiquée, sans clé.",
}

OFFERS: dict[str, LangMap] = {
    "": {"nl": "Gelinkte data in pagina's", "en": "Linked data in pages", "fr": "Données liées, par pages"},
    "/latest": {"nl": "Laatste waarden", "en": "Latest values", "fr": "Dernières valeurs"},
    "/history": {"nl": "Geschiedenis", "en": "History", "fr": "Historique"},
    "/sites": {"nl": "Plaatsen en sensoren", "en": "Sites and sensors", "fr": "Lieux et capteurs"},
    "/events": {"nl": "Live", "en": "Live", "fr": "En direct"},
    "/ldes": {"nl": "Event stream (LDES)", "en": "Event stream (LDES)", "fr": "Flux d'événements (LDES)"},
    "/archive/": {"nl": "Archief per dag", "en": "Archive by day", "fr": "Archives par jour"},
}
"""By what follows a dataset's address: what is found there."""

ARCHIVED: LangMap = {
    "nl": "Afgesloten dag: {name}",
    "en": "Closed day: {name}",
    "fr": "Jour clôturé : {name}",
}
"""A file of the archive."""

SERVICES: dict[str, LangMap] = {
    "api": {"nl": "API: {title}", "en": "API: {title}", "fr": "API : {title}"},
    "events": {
        "nl": "Live, server-sent events: {title}",
        "en": "Live, server-sent events: {title}",
        "fr": "En direct, server-sent events : {title}",
    },
    "websocket": {
        "nl": "Live, WebSocket: {title}",
        "en": "Live, WebSocket: {title}",
        "fr": "En direct, WebSocket : {title}",
    },
    "mqtt": {"nl": "Live, MQTT: {title}", "en": "Live, MQTT: {title}", "fr": "En direct, MQTT : {title}"},
    "ldes": {
        "nl": "Linked Data Event Stream: {title}",
        "en": "Linked Data Event Stream: {title}",
        "fr": "Linked Data Event Stream : {title}",
    },
}
"""By kind of service: its title."""


def filled(template: LangMap, **values: LangMap) -> LangMap:
    """A text with names put in, in each language; a name that lacks the language is put in in Dutch."""
    return {
        language: text.format(**{key: names.get(language, names["nl"]) for key, names in values.items()})
        for language, text in template.items()
    }


PAGE: dict[str, dict[str, str]] = {
    "nl": {
        "forms": "Deze catalogus als RDF (DCAT-AP):",
        "nothing": "Hier staat nog geen gemeten dataset.",
        "all": "Ook opnames en simulaties tonen",
        "licence": "Licentie",
    },
    "en": {
        "forms": "This catalogue as RDF (DCAT-AP):",
        "nothing": "There is no measured dataset here yet.",
        "all": "Show recordings and simulations too",
        "licence": "Licence",
    },
    "fr": {
        "forms": "Ce catalogue en RDF (DCAT-AP) :",
        "nothing": "Il n'y a pas encore de jeu de données mesuré ici.",
        "all": "Montrer aussi les enregistrements et les simulations",
        "licence": "Licence",
    },
}
"""The words of the page for people, by language."""
