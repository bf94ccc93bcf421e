"""Flux that boards ask of InfluxDB; what others have named comes in through `quoted`.

Grafana puts the time range, the width of a pixel and the bucket in place of `v.timeRangeStart`, `v.timeRangeStop`,
`v.windowPeriod` and `v.defaultBucket` (https://grafana.com/docs/grafana/latest/datasources/influxdb/query-editor/).
"""

from collections.abc import Iterable, Mapping

from deploy.boards.language import named
from deploy.boards.units import symbol
from stadspuls.influx_text import literal, plain
from stadspuls.registry import Dataset, Property

RANGE = "range(start: v.timeRangeStart, stop: v.timeRangeStop)"
RECENT = "range(start: -7d)"
"""For what is newest, whatever range the board shows."""


def quoted(text: str) -> str:
    """Text of others as a Flux literal that neither InfluxDB nor Grafana reads as more than text."""
    return literal(text).replace("[", "\\x5b")


def observations(dataset: Dataset, properties: Iterable[str], times: str = RANGE) -> str:
    """The values of a dataset's properties; series by site, sensor and property."""
    wanted = " or ".join(f"r.property == {quoted(plain(name))}" for name in properties)
    tests = (
        'r._measurement == "observation" and r._field == "value"',
        f"r.city == {quoted(plain(dataset.city.slug))} and r.theme == {quoted(plain(dataset.theme.slug))}",
        f"({wanted})",
    )
    return f"from(bucket: v.defaultBucket) |> {times} |> filter(fn: (r) => {' and '.join(tests)})"


def dictionary(name: str, entries: Mapping[str, str]) -> str:
    """A dictionary by tag value; the values are Flux already."""
    pairs = ", ".join(f"{quoted(plain(key))}: {value}" for key, value in entries.items())
    return f"{name} = [{pairs or ':'}]"


def site_names(dataset: Dataset, language: str) -> str:
    """The dictionary `names`, by site."""
    return dictionary("names", {site.id: quoted(named(site.names).of(language)) for site in dataset.sites.values()})


def property_names(observed: Iterable[Property], language: str) -> str:
    """The dictionary `properties`: each by the name that people know it by, with its unit."""
    told = {each.name: (named(each.names).of(language), symbol(each.unit)) for each in observed}
    entries = {name: quoted(f"{said} ({unit})" if unit else said) for name, (said, unit) in told.items()}
    return dictionary("properties", entries)


def script(*parts: str, imports: Iterable[str] = ("dict",)) -> str:
    """A whole script."""
    return "\n".join([*(f'import "{name}"' for name in imports), *parts])


NAMED = "|> map(fn: (r) => ({r with site: dict.get(dict: names, key: r.site, default: r.site)}))"
"""Sites by the name that people know them by."""
PROPERTIES_NAMED = (
    "|> map(fn: (r) => ({r with property: dict.get(dict: properties, key: r.property, default: r.property)}))"
)
"""Properties by theirs."""
