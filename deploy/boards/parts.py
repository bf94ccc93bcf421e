"""Panels that several boards have."""

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
    dataset: Dataset, observed: Property, steps: Steps, description: Text, *, lines: bool = False
) -> Panel:
    """A property over time, a line for each sensor of each site."""

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
        line_at_steps=lines,
        label="site",
        asks=(Flux(query),),
    )


def newest_by_sensor(dataset: Dataset, properties: list[str]) -> Panel:
    """A table of what every sensor said last; the one that has been silent longest comes first."""

    def query(language: str) -> str:
        return flux.script(
            flux.site_names(dataset, language),
            flux.observations(dataset, properties, flux.RECENT),
            "  |> last()",
            f"  {flux.NAMED}",
            '  |> keep(columns: ["_time", "_value", "site", "sensor", "property"])',
            '  |> group() |> sort(columns: ["_time"])',
            f"  |> limit(n: {MOST_ROWS})",
        )

    columns = {
        "_time": (Text("Waargenomen", "Observed"), "dateTimeFromNow"),
        "_value": (Text("Waarde", "Value"), "short"),
        "site": (Text("Plaats", "Site"), "string"),
        "sensor": (Text("Sensor", "Sensor"), "string"),
        "property": (Text("Eigenschap", "Property"), "string"),
    }
    return Panel(
        kind="table",
        title=titled(
            Text(
                "Laatste waarde van elke sensor, langst stil eerst",
                "Newest value of every sensor, longest silent first",
            ),
            dataset,
        ),
        description=Text(
            "Wat elke sensor in de laatste zeven dagen het laatst zei, ook buiten de gekozen periode.",
            "What every sensor said last within seven days, whatever range is chosen.",
        ),
        unit="short",
        steps=CALM,
        columns=columns,
        asks=(Flux(query),),
        width=24,
        height=10,
    )


def age(dataset: Dataset, *, width: int = 6) -> Panel:
    """How old the newest observation is, red when three of them did not come."""
    where = f"{{dataset={promql(dataset.name)}}}"
    return Panel(
        kind="stat",
        title=titled(joined(named(dataset.theme.names), Text(": versheid", ": freshness")), dataset),
        description=Text(
            "Deel van haar toegestane leeftijd dat de nieuwste waarneming heeft: boven 100 % bleven drie waarden uit.",
            "Part of the age it may have that the newest observation has: above 100 % three values did not come.",
        ),
        unit="percentunit",
        decimals=0,
        steps=((None, GREEN), (0.67, ORANGE), (1, RED)),
        low=0,
        no_data=Text("Nog nooit iets ontvangen", "Nothing received yet"),
        asks=(
            Metric(
                f"max(stadspuls_dataset_age_seconds{where}) / max(stadspuls_dataset_due_seconds{where})",
                named(dataset.theme.names),
            ),
        ),
        width=width,
        height=4,
    )


def lines(
    title: Text,
    description: Text,
    unit: str,
    steps: Steps,
    *asks: tuple[str, Text],
    no_data: Text = NO_DATA,
    high: float | None = None,
) -> Panel:
    """Figures of Prometheus over time; each is asked with what its line is called."""
    metrics = tuple(Metric(expr, legend) for expr, legend in asks)
    return Panel(
        kind="timeseries",
        title=title,
        description=description,
        unit=unit,
        steps=steps,
        asks=metrics,
        low=0,
        high=high,
        no_data=no_data,
    )


def city_match(city: City) -> str:
    """PromQL that matches every dataset of a city."""
    # Slugs are lower case letters, digits and hyphens, so nothing of them means something in a pattern.
    return f"dataset=~{promql(city.slug + '/.+')}"
