"""Panels that several boards have."""

from collections.abc import Sequence
from dataclasses import replace

from deploy.boards import flux
from deploy.boards.language import Text, joined, named
from deploy.boards.panels import CALM, GREEN, NO_DATA, ORANGE, RED, Flux, Metric, Panel, Steps
from deploy.boards.units import grafana_unit
from stadspuls.registry import City, Dataset, Property

ORIGINS = {
    "measured": Text("gemeten", "measured"),
    "replayed": Text("herhaalde opname", "replayed recording"),
    "simulated": Text("gesimuleerd", "simulated"),
}
DUE: Steps = ((None, GREEN), (0.67, ORANGE), (1, RED))
"""Of the age that a dataset's newest observation may have: two values did not come, three."""
MOST_ROWS = 200
"""Rows of a table: beyond that nobody reads."""


def origin(dataset: Dataset) -> Text:
    """Where a dataset's values come from, in words; it stands in every panel of them."""
    return ORIGINS[dataset.origin.value]


def titled(what: Text, dataset: Dataset) -> Text:
    """A panel's title with the origin of what it shows."""
    return joined(what, " · ", origin(dataset))


def promql(text: str) -> str:
    """Text of others as a string of PromQL that Grafana puts no variable into."""
    inside = (
        text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("$", "\\x24").replace("[", "\\x5b")
    )
    return f'"{inside}"'


def series_by_site(
    dataset: Dataset,
    observed: Property,
    steps: Steps,
    description: Text,
    *,
    calm: float | None = None,
    low: float | None = None,
) -> Panel:
    """A property over time, a line for each sensor of each site; with `calm`, dashed ones at the steps."""

    def query(language: str) -> str:
        return flux.script(
            flux.site_names(dataset, language),
            flux.observations(dataset, [observed.name]),
            "  |> aggregateWindow(every: v.windowPeriod, fn: mean, createEmpty: false)",
            f"  {flux.NAMED}",
            '  |> keep(columns: ["_time", "_value", "site", "sensor"])',
        )

    return Panel(
        kind="timeseries",
        title=titled(named(observed.names), dataset),
        description=description,
        unit=grafana_unit(observed.unit),
        decimals=observed.decimals,
        steps=steps,
        line_at_steps=calm is not None,
        calm=calm,
        low=low,
        stays=observed.sampling == "on-change",
        label="site",
        asks=(Flux(query),),
    )


def newest_by_sensor(dataset: Dataset, properties: list[str]) -> Panel:
    """A table of what every sensor said last; the one that has been silent longest comes first."""
    observed = [dataset.theme.properties[name] for name in properties]

    def query(language: str) -> str:
        return flux.script(
            flux.site_names(dataset, language),
            flux.property_names(observed, language),
            flux.observations(dataset, properties, flux.RECENT),
            "  |> last()",
            f"  {flux.NAMED}",
            f"  {flux.PROPERTIES_NAMED}",
            '  |> keep(columns: ["_time", "_value", "site", "sensor", "property"])',
            '  |> group() |> sort(columns: ["_time"])',
            f"  |> limit(n: {MOST_ROWS})",
        )

    columns = {
        "_time": (Text("Waargenomen", "Observed"), "dateTimeFromNow"),
        "_value": (Text("Waarde", "Value"), "none"),
        "site": (Text("Plaats", "Site"), "string"),
        "sensor": (Text("Sensor", "Sensor"), "string"),
        "property": (Text("Eigenschap", "Property"), "string"),
    }
    what = Text(": laatste waarde per sensor, langst stil eerst", ": newest value by sensor, longest silent first")
    return Panel(
        kind="table",
        title=titled(joined(named(dataset.theme.names), what), dataset),
        description=Text(
            "Wat elke sensor in de laatste zeven dagen het laatst zei, ook buiten de gekozen periode.",
            "What every sensor said last within seven days, whatever range is chosen.",
        ),
        unit="short",
        steps=CALM,
        columns=columns,
        asks=(Flux(query),),
        width=24,
        height=_table_height(dataset, properties),
    )


def _table_height(dataset: Dataset, properties: list[str]) -> int:
    """Room for the rows that there can be, within bounds; a row is about as high as a unit of the grid."""
    wanted = set(properties)
    rows = sum(len(wanted & set(sensor.properties)) for sensor in dataset.sensors.values())
    for derivation in dataset.theme.derived:
        if derivation.property in wanted:
            rows += len({each.site for each in dataset.sensors.values() if derivation.source in each.properties})
    return min(max(rows + 2, 4), 10)


def age(dataset: Dataset, *, width: int = 6) -> Panel:
    """Whether the newest observation is fresh, and how old it is; stale when three of them did not come."""
    where = f"{{dataset={promql(dataset.name)}}}"
    newest = f"max(stadspuls_dataset_age_seconds{where})"
    return Panel(
        kind="stat",
        title=titled(named(dataset.theme.names), dataset),
        description=Text(
            "Stil wanneer drie waarden na elkaar uitbleven, laat vanaf twee; en hoe oud de nieuwste waarneming is.",
            "Stale when three values in a row did not come, late from two on; and how old the newest observation is.",
        ),
        unit="percentunit",
        steps=DUE,
        loud=True,
        words=(Text("vers", "fresh"), Text("laat", "late"), Text("stil", "stale")),
        low=0,
        no_data=Text("Nog nooit iets ontvangen", "Nothing received yet"),
        asks=(
            Metric(f"{newest} / max(stadspuls_dataset_due_seconds{where})", Text("toestand", "state")),
            Metric(newest, Text("leeftijd", "age"), unit="s"),
        ),
        width=width,
        height=4,
    )


def stale_count(where: str, *, width: int) -> Panel:
    """How many datasets are stale; nothing, and not 0, when nobody knows."""
    return Panel(
        kind="stat",
        title=Text("Stille datasets", "Stale datasets"),
        description=Text(
            "Hoeveel datasets drie eigen ritmes of langer niets nieuws hebben.",
            "How many datasets have had nothing new for three of their rhythms.",
        ),
        unit="short",
        steps=((None, GREEN), (1, RED)),
        loud=True,
        words=(Text("alles vers", "all fresh"), None),
        no_data=Text("Onbekend", "Unknown"),
        asks=(
            Metric(
                f"sum(max by (dataset) (stadspuls_dataset_age_seconds{where})"
                f" > bool on (dataset) max by (dataset) (stadspuls_dataset_due_seconds{where}))",
                Text("stil", "stale"),
            ),
        ),
        width=width,
        height=4,
    )


def ages(title: Text, expr: str) -> Panel:
    """How old the newest observations are, over time, each as a part of what it may be."""
    return lines(
        title,
        Text(
            "Deel van haar toegestane leeftijd dat de nieuwste waarneming heeft: vanaf 100 % bleven drie waarden uit. "
            "Wat ouder is dan 300 % staat bij 300 %.",
            "Part of the age it may have that the newest observation has: from 100 % on three values did not come. "
            "What is older than 300 % stands at 300 %.",
        ),
        "percentunit",
        DUE,
        # One that has been stale for days would press the others flat.
        (f"clamp_max({expr}, 3)", Text("{{dataset}}", "{{dataset}}")),
        calm=1,
    )


def shares_of_age(where: str = "") -> str:
    """PromQL of the age of each dataset's newest observation as a part of what it may be."""
    return (
        f"max by (dataset) (stadspuls_dataset_age_seconds{where})"
        f" / on (dataset) max by (dataset) (stadspuls_dataset_due_seconds{where})"
    )


def in_pairs(panels: Sequence[Panel]) -> list[Panel]:
    """Panels two in a row; the last has a row of its own where their number is odd."""
    if len(panels) % 2 == 0:
        return list(panels)
    return [*panels[:-1], replace(panels[-1], width=24)]


def lines(
    title: Text,
    description: Text,
    unit: str,
    steps: Steps,
    *asks: tuple[str, Text],
    no_data: Text = NO_DATA,
    high: float | None = None,
    calm: float | None = None,
    width: int = 12,
) -> Panel:
    """Figures of Prometheus over time; each is asked with what its line is called.

    There are dashed lines at the steps. Where less is better, the axis reaches to the first step at least.
    """
    metrics = tuple(Metric(expr, legend) for expr, legend in asks)
    return Panel(
        kind="timeseries",
        title=title,
        description=description,
        unit=unit,
        steps=steps,
        line_at_steps=True,
        asks=metrics,
        low=0,
        high=high,
        calm=steps[1][0] if calm is None and len(steps) > 1 and steps[0][1] == GREEN else calm,
        no_data=no_data,
        width=width,
    )


def city_match(city: City) -> str:
    """PromQL that matches every dataset of a city."""
    # Slugs are lower case letters, digits and hyphens, so nothing of them means something in a pattern.
    return f"dataset=~{promql(city.slug + '/.+')}"
