"""Which series of a dataset are shown, and how their newest values are written."""

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from apis.portal.layout_texts import QUALITIES, TEXTS
from apis.rhythm import series_rhythm
from stadspuls.clock import SECOND
from stadspuls.model import Observation, Quality, Value
from stadspuls.registry import Dataset, Property, Site

UNITS = {"1": "", "ug/m3": "µg/m³", "mg/m3": "mg/m³", "Cel": "°C"}
"""UCUM codes as people write them, where that is another way."""


class Series(NamedTuple):
    """A sensor's property at a site, and its newest observation where there is one."""

    dataset: Dataset
    site: Site
    sensor: str
    observed: Property
    newest: Observation | None

    @property
    def rhythm_seconds(self) -> float | None:
        """After how long without news its value is old."""
        longest = series_rhythm(self.dataset, self.sensor, self.observed.name)
        return None if longest is None else longest / SECOND

    def is_old(self, now: int) -> bool:
        """Whether the next value is overdue, or there never was one."""
        seconds = self.rhythm_seconds
        return self.newest is None or (seconds is not None and now > self.newest.observed_at + seconds * SECOND)


def all_series(dataset: Dataset, observations: Iterable[Observation]) -> list[Series]:
    """Every series of the dataset: by site, what is derived first, then in the order of the theme's properties."""
    newest = {(o.datastream.sensor, o.datastream.observed_property): o for o in observations}
    properties = dataset.theme.properties
    return [
        Series(dataset, site, sensor, properties[name], newest.get((sensor, name)))
        for site in dataset.sites.values()
        for sensor, name in _streams(dataset, site)
    ]


def _streams(dataset: Dataset, site: Site) -> list[tuple[str, str]]:
    real = [(sensor.id, name) for sensor in dataset.sensors_of(site.id) for name in sensor.properties]
    sources = {name for _, name in real}
    derived = [
        (dataset.derived_sensor_id(site.id), rule.property) for rule in dataset.theme.derived if rule.source in sources
    ]
    order = list(dataset.theme.properties)
    return derived + sorted(real, key=lambda stream: order.index(stream[1]))


def single(series: Iterable[Series]) -> list[Series]:
    """Those whose property only one sensor of the site observes; the others are parts, as spaces of a street."""
    all_of_them = list(series)
    count = Counter((each.site.id, each.observed.name) for each in all_of_them)
    return [each for each in all_of_them if count[each.site.id, each.observed.name] == 1]


def number(value: float, decimals: int | None, language: str) -> str:
    """A number as the language writes it, without separators of thousands."""
    written = f"{value:.{decimals}f}" if decimals is not None else f"{value:.15g}"
    return written if language == "en" else written.replace(".", ",")


def written(value: Value, observed: Property, language: str) -> str:
    """A value as people read it, without its unit."""
    if isinstance(value, bool):
        return TEXTS[language]["yes" if value else "no"]
    return value if isinstance(value, str) else number(value, observed.decimals, language)


def note(observation: Observation | None, language: str) -> str:
    """What must be said beside a value: that it is suspect, or that not every part has reported."""
    if observation is None or observation.quality is Quality.GOOD:
        return ""
    said = QUALITIES[language][observation.quality]
    if observation.known is None or observation.capacity is None:
        return said
    return f"{said}: " + TEXTS[language]["known"].format(known=observation.known, capacity=observation.capacity)


def unit(observed: Property) -> str:
    """The unit as people write it."""
    return UNITS.get(observed.unit, observed.unit)
