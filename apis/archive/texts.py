"""The words of the list in HTML, by language."""

LANGUAGES = ("nl", "en")

TEXTS: dict[str, dict[str, str]] = {
    "nl": {
        "title": "Archief",
        "intro": "Elke afgesloten dag als bestand, eenmaal geschreven. Wat later nog kwam, staat in een correctie.",
        "home": "Start",
        "dataset": "Dataset",
        "json": "Als JSON",
        "empty": "Nog geen dag is afgesloten: dat gebeurt 48 uur na het einde ervan.",
        "publisher": "Uitgever",
        "licence": "Licentie",
        "source": "Bron",
        "zone": "Tijdzone van de dagen",
        "day": "Dag",
        "revision": "Correctie",
        "rows": "Rijen",
        "last": "Gepubliceerd tot",
        "files": "Bestanden",
        "caption": "Bestanden: {count}",
    },
    "en": {
        "title": "Archive",
        "intro": "Each closed day as a file, written once. What came later is in a correction.",
        "home": "Start",
        "dataset": "Dataset",
        "json": "As JSON",
        "empty": "No day is closed yet: that happens 48 hours after its end.",
        "publisher": "Publisher",
        "licence": "Licence",
        "source": "Source",
        "zone": "Time zone of the days",
        "day": "Day",
        "revision": "Correction",
        "rows": "Rows",
        "last": "Published until",
        "files": "Files",
        "caption": "Files: {count}",
    },
}
