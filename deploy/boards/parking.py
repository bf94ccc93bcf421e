"""The board of car parks: how full each is, and today against the same weekday a week ago."""

from deploy.boards import flux
from deploy.boards.board import Plan
from deploy.boards.language import Text
from deploy.boards.panels import BLUE, GREEN, ORANGE, RED, Flux, Panel, Steps
from deploy.boards.parts import age, newest_by_sensor, titled
from deploy.boards.theme import plan_of
from stadspuls.registry import Dataset

VACANT = "vacantSpaces"
FULL: Steps = ((None, GREEN), (0.8, ORANGE), (0.95, RED))


def is_parking(dataset: Dataset) -> bool:
    """Whether there is a board of this kind: sites have spaces, and somebody counts the vacant ones."""
    return VACANT in dataset.theme.properties and any(site.capacity for site in dataset.sites.values())


def parking_plan(dataset: Dataset) -> Plan:
    """Occupancy by site."""
    return plan_of(
        dataset,
        Text(
            "Bezetting per parking, en vandaag tegen dezelfde weekdag een week eerder.",
            "Occupancy by car park, and today against the same weekday a week ago.",
        ),
        age(dataset, width=12),
        _vacant(dataset),
        _now(dataset),
        _over_time(dataset),
        _week(dataset),
        newest_by_sensor(dataset, [VACANT]),
    )


def _capacities(dataset: Dataset) -> str:
    known = {site.id: f"{float(site.capacity)!r}" for site in dataset.sites.values() if site.capacity}
    return flux.dictionary("capacities", known)


_OCCUPANCY = """\
  |> map(fn: (r) => ({r with capacity: dict.get(dict: capacities, key: r.site, default: 0.0)}))
  |> filter(fn: (r) => r.capacity > 0.0)
  |> map(fn: (r) => ({r with _value: 1.0 - r._value / r.capacity}))"""
_SHOWN = '  |> keep(columns: ["_time", "_value", "site"])'


# By their start: the end of the last one is the end of the range, which is no part of it.
_QUARTERS = 'aggregateWindow(every: 15m, fn: mean, createEmpty: {empty}, timeSrc: "_start")'
_HELD = f"{_QUARTERS.format(empty='true')} |> fill(usePrevious: true) |> filter(fn: (r) => exists r._value)"
"""A count holds until the next one: without that, a mean would be of those that happened to say something."""


def _occupancy(dataset: Dataset, times: str, step: str) -> Flux:
    def query(language: str) -> str:
        return flux.script(
            flux.site_names(dataset, language),
            _capacities(dataset),
            flux.observations(dataset, [VACANT], times),
            f"  |> {step}",
            _OCCUPANCY,
            f"  {flux.NAMED}",
            _SHOWN,
        )

    return Flux(query)


def _now(dataset: Dataset) -> Panel:
    return Panel(
        kind="bargauge",
        title=titled(Text("Bezetting nu", "Occupancy now"), dataset),
        description=Text(
            "Welk deel van de plaatsen van elke parking bezet is, naar de laatste telling binnen zeven dagen.",
            "Which part of each car park's spaces is taken, by the last count within seven days.",
        ),
        unit="percentunit",
        decimals=0,
        low=0,
        high=1,
        steps=FULL,
        label="site",
        asks=(_occupancy(dataset, flux.RECENT, "last()"),),
        height=10,
    )


def _over_time(dataset: Dataset) -> Panel:
    return Panel(
        kind="timeseries",
        title=titled(Text("Bezetting per parking", "Occupancy by car park"), dataset),
        description=Text(
            "Bezetting in de gekozen periode; stippellijnen bij 80 % en 95 %.",
            "Occupancy in the range chosen; dashed lines at 80 % and 95 %.",
        ),
        unit="percentunit",
        decimals=0,
        low=0,
        high=1,
        steps=FULL,
        line_at_steps=True,
        label="site",
        stays=True,
        asks=(_occupancy(dataset, flux.RANGE, "aggregateWindow(every: v.windowPeriod, fn: last, createEmpty: false)"),),
        height=10,
    )


def _vacant(dataset: Dataset) -> Panel:
    def query(_language: str) -> str:
        return flux.script(
            flux.observations(dataset, [VACANT], flux.RECENT),
            "  |> last() |> group() |> sum()",
            imports=(),
        )

    spaces = sum(site.capacity or 0 for site in dataset.sites.values())
    return Panel(
        kind="stat",
        title=titled(Text("Vrije plaatsen samen", "Vacant spaces in all"), dataset),
        description=Text(
            f"De laatste tellingen samen, van {spaces} plaatsen; oranje onder 20 %, rood onder 5 %.",
            f"The last counts together, of {spaces} spaces; orange below 20 %, red below 5 %.",
        ),
        # Whole: `short` would make 2 K of 2288.
        unit="none",
        decimals=0,
        steps=((None, RED), (round(spaces * 0.05), ORANGE), (round(spaces * 0.2), GREEN)),
        asks=(Flux(query),),
        width=12,
        height=4,
    )


def _mean(dataset: Dataset, shift: str, name: Text) -> Flux:
    """The mean of all car parks, of as long ago as `shift` says; counts of the day before are still held."""
    start, stop = (f"date.sub(from: v.timeRange{end}, d: {shift})" for end in ("Start", "Stop"))

    def query(language: str) -> str:
        return flux.script(
            _capacities(dataset),
            flux.observations(dataset, [VACANT], f"range(start: date.sub(from: {start}, d: 1d), stop: {stop})"),
            f"  |> {_HELD}",
            f"  |> filter(fn: (r) => r._time >= {start})",
            _OCCUPANCY,
            f"  |> group() |> {_QUARTERS.format(empty='false')} |> timeShift(duration: {shift})",
            f"  |> map(fn: (r) => ({{_time: r._time, _value: r._value, day: {flux.quoted(name.of(language))}}}))",
            '  |> group(columns: ["day"])',
            imports=("date", "dict"),
        )

    return Flux(query)


def _week(dataset: Dataset) -> Panel:
    before = Text("zelfde weekdag, een week eerder", "same weekday, a week ago")
    return Panel(
        kind="timeseries",
        title=titled(
            Text("Vandaag tegen dezelfde weekdag een week eerder", "Today against the same weekday a week ago"), dataset
        ),
        description=Text(
            "Gemiddelde bezetting van alle parkings per kwartier; een telling geldt tot de volgende. "
            "Waar de klok wisselt, schuift de week een uur.",
            "Mean occupancy of all car parks by quarter of an hour; a count holds until the next. "
            "The week is an hour off where clocks change.",
        ),
        unit="percentunit",
        decimals=0,
        low=0,
        high=1,
        steps=((None, BLUE), *FULL[1:]),
        label="day",
        relative="now/d",
        asks=(
            _mean(dataset, "0s", Text("vandaag", "today")),
            _mean(dataset, "7d", before),
        ),
        width=24,
    )
