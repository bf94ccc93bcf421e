"""The board of a city: all its datasets, how fresh they are, and where they come from."""

from deploy.boards.board import Folder, Plan, uid_of
from deploy.boards.language import Text, joined, named
from deploy.boards.panels import CALM, GREEN, ORANGE, RED, Panel
from deploy.boards.parts import age, ages, city_match, lines, newest_by_sensor, promql, shares_of_age, stale_count
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
            *_at_a_glance(city),
            ages(
                Text("Leeftijd van de nieuwste waarde; 100 % is stil", "Age of the newest value; 100 % is stale"),
                shares_of_age(f"{{{city_match(city)}}}"),
            ),
            _rejected(city),
            _rates(city),
            _clocks(city),
            *(newest_by_sensor(dataset, list(dataset.theme.properties)) for dataset in datasets),
        ],
    )


def _at_a_glance(city: City) -> list[Panel]:
    """In one row where there are at most three datasets, else four in a row."""
    width = 24 // min(len(city.datasets) + 1, 4)
    return [
        stale_count(f"{{{city_match(city)}}}", width=width),
        *(age(dataset, width=width) for dataset in city.datasets.values()),
    ]


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
