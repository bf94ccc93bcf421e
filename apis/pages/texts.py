"""The words of pages, by language."""

from stadspuls.model import Origin, Quality
from stadspuls.registry import LangMap

LANGUAGES = ("nl", "en")

ORIGIN_COMMENTS: dict[Origin, LangMap] = {
    Origin.MEASURED: {
        "nl": "Deze waarden zijn gemeten.",
        "en": "These values are measured.",
    },
    Origin.REPLAYED: {
        "nl": "Deze waarden zijn een opname die opnieuw wordt afgespeeld; ze zijn niet nu gemeten.",
        "en": "These values are a recording that is played again; they are not measured now.",
    },
    Origin.SIMULATED: {
        "nl": "Deze waarden zijn gesimuleerd; ze zijn nooit gemeten.",
        "en": "These values are simulated; they were never measured.",
    },
}
"""What a dataset's origin means; said in every page."""

QUALITIES: dict[str, dict[Quality, str]] = {
    "nl": {Quality.GOOD: "goed", Quality.SUSPECT: "verdacht", Quality.INCOMPLETE: "onvolledig"},
    "en": {Quality.GOOD: "good", Quality.SUSPECT: "suspect", Quality.INCOMPLETE: "incomplete"},
}

TEXTS: dict[str, dict[str, str]] = {
    "nl": {
        "home": "Stadspuls",
        "previous": "Vorige pagina",
        "next": "Volgende pagina",
        "newest": "Nieuwste pagina",
        "licence": "Licentie",
        "publisher": "Uitgever",
        "source": "Bron",
        "formats": "Dezelfde pagina als",
        "published": "Gepubliceerd",
        "period": "{start} tot {end}.",
        "open": "Deze pagina groeit nog.",
        "closed": "Deze pagina verandert niet meer.",
        "caption": "Waarnemingen: {count}",
        "observed": "Waargenomen (UTC)",
        "site": "Plaats",
        "sensor": "Sensor",
        "property": "Eigenschap",
        "value": "Waarde",
        "unit": "Eenheid",
        "quality": "Kwaliteit",
        "known": "{known} van {capacity} bekend",
        "yes": "ja",
        "no": "nee",
    },
    "en": {
        "home": "Stadspuls",
        "previous": "Previous page",
        "next": "Next page",
        "newest": "Newest page",
        "licence": "Licence",
        "publisher": "Publisher",
        "source": "Source",
        "formats": "The same page as",
        "published": "Published",
        "period": "{start} to {end}.",
        "open": "This page still grows.",
        "closed": "This page does not change any more.",
        "caption": "Observations: {count}",
        "observed": "Observed (UTC)",
        "site": "Site",
        "sensor": "Sensor",
        "property": "Property",
        "value": "Value",
        "unit": "Unit",
        "quality": "Quality",
        "known": "{known} of {capacity} known",
        "yes": "yes",
        "no": "no",
    },
}
