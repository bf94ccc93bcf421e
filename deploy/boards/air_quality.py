"""The board of outdoor air: every station, with the limits and who sets them."""

from deploy.boards.board import Plan
from deploy.boards.language import Text, joined
from deploy.boards.limits import limits_of, steps_of, told
from deploy.boards.panels import Panel
from deploy.boards.parts import age, in_pairs, newest_by_sensor, series_by_site
from deploy.boards.theme import WITHOUT_LIMITS, measured, plan_of
from stadspuls.registry import Dataset, Property


def is_air_quality(dataset: Dataset) -> bool:
    """Whether there is a board of this kind: substances are measured that have limits."""
    return any(limits_of(observed) for observed in measured(dataset))


def air_quality_plan(dataset: Dataset) -> Plan:
    """Stations over time against limits."""
    observed = measured(dataset)
    return plan_of(
        dataset,
        Text(
            "Wat de stations meten, met de grenzen en wie ze stelt.",
            "What the stations measure, with the limits and who sets them.",
        ),
        age(dataset, width=24),
        *in_pairs([_station_lines(dataset, each) for each in observed]),
        newest_by_sensor(dataset, [each.name for each in observed]),
        since="now-48h",
    )


def _station_lines(dataset: Dataset, observed: Property) -> Panel:
    limits = limits_of(observed)
    if limits is None:
        return series_by_site(dataset, observed, *WITHOUT_LIMITS)
    warning = Text(
        " Een lijn geldt voor haar eigen gemiddelde, niet voor een enkele waarde.",
        " A line is about its own mean, not about a single value.",
    )
    # The guideline is in sight also on a day that stays far below it.
    calm = limits.who.value * 1.1
    return series_by_site(dataset, observed, steps_of(limits), joined(told(limits), warning), calm=calm, low=0)
