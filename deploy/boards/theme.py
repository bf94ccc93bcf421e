"""The board of any theme: each of its numbers by site. A new theme file has one without a line of code."""

from deploy.boards.board import Plan
from deploy.boards.city import folder_of
from deploy.boards.language import Text, joined, named
from deploy.boards.panels import CALM, Panel, Steps
from deploy.boards.parts import age, in_pairs, newest_by_sensor, series_by_site
from stadspuls.registry import Dataset, Property

WITHOUT_LIMITS: tuple[Steps, Text] = (
    CALM,
    Text("Het gemiddelde van elk stukje van de periode, per plaats.", "The mean of each piece of the range, by site."),
)


def measured(dataset: Dataset) -> list[Property]:
    """The numbers that sensors of a dataset observe, or that are derived in it."""
    named_by = {name for sensor in dataset.sensors.values() for name in sensor.properties}
    named_by |= {d.property for d in dataset.theme.derived if d.source in named_by}
    return [each for each in dataset.theme.properties.values() if each.name in named_by and each.type == "number"]


def theme_plan(dataset: Dataset) -> Plan:
    """A dataset over time."""
    observed = measured(dataset)
    return plan_of(
        dataset,
        Text("Elke gemeten grootheid, per plaats.", "Every quantity that is measured, by site."),
        age(dataset, width=24),
        *in_pairs([series_by_site(dataset, each, *WITHOUT_LIMITS) for each in observed]),
        newest_by_sensor(dataset, [each.name for each in observed] or list(dataset.theme.properties)),
    )


def plan_of(dataset: Dataset, description: Text, *panels: Panel, since: str = "now-24h") -> Plan:
    """The board of a dataset, whatever kind it is of."""
    return Plan(
        name=f"{dataset.city.slug}_{dataset.theme.slug}",
        folder=folder_of(dataset.city),
        title=joined(named(dataset.city.names), ": ", named(dataset.theme.names)),
        description=description,
        time_zone=dataset.city.time_zone.key,
        since=since,
        panels=panels,
    )
