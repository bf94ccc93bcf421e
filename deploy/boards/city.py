"""The board of a city: all its datasets, how fresh they are, and where they come from."""

from deploy.boards.board import Folder, Plan, uid_of
from deploy.boards.language import Text, joined, named
from deploy.boards.panels import CALM, GREEN, ORANGE, RED, Panel
from deploy.boards.parts import age, city_match, lines, newest_by_sensor, promql
from stadspuls.registry import City

_DATASET = Text("{{dataset}}", "{{dataset}}")
"""A line called after its dataset."""


def folder_of(city: City) -> Folder:
    """Where the boards of a city lie."""
    return Folder(uid_of(city.slug), named(city.names).nl)


def city_plan(city: City) -> Plan:
    """The city at a glance."""
    datasets = list(city.datasets.values())
    return Plan(
        name=city.slug,
        folder=folder_of(city),
        title=joined(named(city.names), Text(": overzicht", ": overview")),
        description=Text(
            "Alle datasets van de stad: versheid, herkomst, debiet, wat werd geweigerd.",
            "All datasets of the city: freshness, origin, rates, what was rejected.",
        ),
        time_zone=city.time_zone.key,
        panels=[
            *(age(dataset) for dataset in datasets),
            _ages(city),
            _rates(city),
            _rejected(city),
            _clocks(city),
            *(newest_by_sensor(dataset, list(dataset.theme.properties)) for dataset in datasets),
        ],
    )


def _ages(city: City) -> Panel:
    return lines(
        Text("Leeftijd van de nieuwste waarneming", "Age of the newest observation"),
        Text(
            "Tijd sinds de nieuwste waarneming van elke dataset; een zaagtand is gewoon.",
            "Time since the newest observation of each dataset; a sawtooth is usual.",
        ),
        "s",
        ((None, GREEN), (900, ORANGE), (10_800, RED)),
        (f"max by (dataset) (stadspuls_dataset_age_seconds{{{city_match(city)}}})", _DATASET),
    )


def _rates(city: City) -> Panel:
    match = city_match(city)
    return lines(
        Text("Waarnemingen per minuut", "Observations a minute"),
        Text("Wat van elke dataset is bewaard.", "What has been stored of each dataset."),
        "short",
        CALM,
        (f"sum by (dataset) (rate(stadspuls_stored_observations_total{{{match}}}[$__rate_interval])) * 60", _DATASET),
    )


def _rejected(city: City) -> Panel:
    return lines(
        Text("Geweigerd per uur, naar reden", "Rejected an hour, by reason"),
        Text(
            "Berichten of waarden die niet konden worden gepubliceerd; `stadspuls rejected list` toont ze.",
            "Messages or values that could not be published; `stadspuls rejected list` shows them.",
        ),
        "short",
        ((None, GREEN), (10, ORANGE), (100, RED)),
        (
            f"sum by (reason) (increase(stadspuls_rejected_total{{city={promql(city.slug)}}}[1h]))",
            Text("{{reason}}", "{{reason}}"),
        ),
        no_data=Text("Niets geweigerd", "Nothing rejected"),
    )


def _clocks(city: City) -> Panel:
    return lines(
        Text("Klokken die voorlopen", "Clocks that run ahead"),
        Text(
            "Hoeveel de klok van een sensor hoogstens voorloopt op die van de brug; boven vijf minuten: geweigerd.",
            "How far a sensor's clock runs ahead of the bridge's at most; beyond five minutes values are rejected.",
        ),
        "s",
        ((None, GREEN), (30, ORANGE), (300, RED)),
        (f"max by (dataset) (stadspuls_clock_ahead_seconds{{{city_match(city)}}})", _DATASET),
    )
