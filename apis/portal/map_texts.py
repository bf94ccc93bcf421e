"""The words of the map and its colours, by language."""

TEXTS: dict[str, dict[str, str]] = {
    "nl": {
        "whole": "Kaart van Vlaanderen met {sites} plaatsen; dezelfde staan als tabel op deze pagina",
        "part": "Kaart met {sites} plaatsen; dezelfde staan als tabel op deze pagina",
        "keys": "Kaart. Pijltjes verschuiven, plus en min vergroten en verkleinen, 0 toont alles.",
        "in": "Vergroten",
        "out": "Verkleinen",
        "all": "Alles tonen",
        "vacancy": "Vrije parkeerplaatsen",
        "air": "Luchtkwaliteit: Europese index",
        "index": "Banden van 2024 van het Europees Milieuagentschap, op de nieuwste waarde; de slechtste stof telt.",
        "spread": "Plaatsen van één stad staan naast elkaar tot u inzoomt. Grijs: geen waarde. Hol: verouderd.",
    },
    "en": {
        "whole": "Map of Flanders with {sites} sites; the same are in a table on this page",
        "part": "Map with {sites} sites; the same are in a table on this page",
        "keys": "Map. Arrow keys move it, plus and minus zoom, 0 shows everything.",
        "in": "Zoom in",
        "out": "Zoom out",
        "all": "Show everything",
        "vacancy": "Vacant parking spaces",
        "air": "Air quality: European index",
        "index": "The European Environment Agency's bands of 2024, on the newest value; the worst substance counts.",
        "spread": "Sites of one city stand side by side until you zoom in. Grey: no value. Hollow: out of date.",
    },
    "fr": {
        "whole": "Carte de la Flandre avec {sites} lieux ; les mêmes figurent en tableau sur cette page",
        "part": "Carte avec {sites} lieux ; les mêmes figurent en tableau sur cette page",
        "keys": "Carte. Les flèches la déplacent, plus et moins l'agrandissent et la réduisent, 0 montre tout.",
        "in": "Agrandir",
        "out": "Réduire",
        "all": "Tout montrer",
        "vacancy": "Places de stationnement libres",
        "air": "Qualité de l'air : indice européen",
        "index": "Classes de 2024 de l'Agence européenne pour l'environnement ; la pire substance compte.",
        "spread": "Les lieux d'une ville sont côte à côte à petite échelle. Gris : sans valeur. Creux : ancien.",
    },
}

LEVELS: dict[str, dict[str, list[str]]] = {
    "nl": {
        "vacancy": ["vol", "minder dan 5 %", "5 tot 15 %", "15 tot 40 %", "meer dan 40 % vrij"],
        "air": ["goed", "redelijk", "matig", "slecht", "zeer slecht", "extreem slecht"],
    },
    "en": {
        "vacancy": ["full", "less than 5 %", "5 to 15 %", "15 to 40 %", "more than 40 % vacant"],
        "air": ["good", "fair", "moderate", "poor", "very poor", "extremely poor"],
    },
    "fr": {
        "vacancy": ["complet", "moins de 5 %", "5 à 15 %", "15 à 40 %", "plus de 40 % libres"],
        "air": ["bonne", "correcte", "moyenne", "mauvaise", "très mauvaise", "extrêmement mauvaise"],
    },
}
"""The bands of each scale, lowest first."""
