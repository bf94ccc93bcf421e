"""The words of the start page, by language."""

from apis.negotiation import Format
from stadspuls.model import Origin

LANGUAGES = ("nl", "en")
OTHER_LANGUAGE = {"nl": ("en", "English"), "en": ("nl", "Nederlands")}

TEXTS: dict[str, dict[str, str]] = {
    "nl": {
        "intro": "De polsslag van de stad als open data. Geen sleutel nodig.",
        "docs": "Interfaces",
        "errors": "Foutcodes",
        "health": "Toestand",
        "publisher": "Uitgever",
        "licence": "Licentie",
        "source": "Bron",
        "age": "Nieuwste waarde",
        "ago": "{age} oud",
        "none": "nog geen",
        "counts": "{sites} (sensoren: {sensors})",
        "latest": "Nu",
        "history": "Vroeger",
        "hourly": "Per uur",
        "sites": "Plaatsen",
        "curl": "Met curl",
        "aggregates": "alleen gemiddelden",
        "nothing": "Hier wordt nog niets gepubliceerd.",
    },
    "en": {
        "intro": "The pulse of the city as open data. No key needed.",
        "docs": "Interfaces",
        "errors": "Error codes",
        "health": "Health",
        "publisher": "Publisher",
        "licence": "Licence",
        "source": "Source",
        "age": "Newest value",
        "ago": "{age} old",
        "none": "none yet",
        "counts": "{sites} (sensors: {sensors})",
        "latest": "Latest",
        "history": "History",
        "hourly": "By the hour",
        "sites": "Sites",
        "curl": "With curl",
        "aggregates": "averages only",
        "nothing": "Nothing is published here yet.",
    },
}

ORIGINS: dict[str, dict[Origin, str]] = {
    "nl": {
        Origin.MEASURED: "gemeten",
        Origin.REPLAYED: "opname, opnieuw afgespeeld",
        Origin.SIMULATED: "gesimuleerd, geen meting",
    },
    "en": {
        Origin.MEASURED: "measured",
        Origin.REPLAYED: "recording, replayed",
        Origin.SIMULATED: "simulated, not measured",
    },
}

FORMATS = {Format.JSON: "JSON", Format.GEOJSON: "GeoJSON", Format.CSV: "CSV"}
