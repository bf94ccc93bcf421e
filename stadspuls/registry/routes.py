"""The registry as a whole: what is published here, and to which dataset an MQTT topic belongs."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from zoneinfo import ZoneInfo

from paho.mqtt.matcher import MQTTMatcher

from stadspuls.codecs import CODECS, Codec
from stadspuls.registry.objects import City, Dataset, Source, Theme

DEFAULT_CODEC = "json"
"""What messages of the own scheme `{city}/{theme}/{sensor}` are written in."""

CACHED_ROUTES = 8192
"""Topics whose route is remembered; the one that was longest not asked for is forgotten."""
CACHED_LENGTH = 200
"""Topics up to this many characters are remembered: MQTT allows 65,535 bytes, and anyone may invent topics."""


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class Route:
    """Where a message goes and how it is read."""

    dataset: Dataset
    codec: str
    read: Codec
    sensor_id: str | None
    """From the topic; it need not be registered. None: the codec must tell."""
    ignore: frozenset[str]
    """Fields that are not decoded."""
    time_zone: ZoneInfo | None
    """The zone of times that have none, unless the sensor says otherwise."""
    source: Source | None = None
    """Whose names and units stand for the registry's; None: the messages use those of the registry."""


class Registry:
    """Every city, theme and dataset; does not change after it is loaded.

    Attributes:
        version: 12 hexadecimal digits that change with the files.
        changed: when the newest of the files was written, in microseconds; 0 where there are none.
        cities: by slug.
        themes: by slug.
        datasets: by name, `gent/parking`.
    """

    version: str
    changed: int
    cities: Mapping[str, City]
    themes: Mapping[str, Theme]
    datasets: Mapping[str, Dataset]

    def __init__(self, cities: Mapping[str, City], themes: Mapping[str, Theme], version: str, changed: int = 0) -> None:
        self.version = version
        self.changed = changed
        self.cities = MappingProxyType(dict(cities))
        self.themes = MappingProxyType(dict(themes))
        datasets = {dataset.name: dataset for city in cities.values() for dataset in city.datasets.values()}
        self.datasets = MappingProxyType(datasets)
        self._sources = MQTTMatcher()  # type: ignore[no-untyped-call]
        for city in cities.values():
            for source in city.sources:
                self._sources[source.filter] = (city.datasets[source.theme], source)
        self._remembered = lru_cache(CACHED_ROUTES)(self._find)

    @property
    def has_polls(self) -> bool:
        """Whether a city's file names an API that is polled."""
        return any(source.poll for city in self.cities.values() for source in city.sources)

    def route(self, topic: str) -> Route | None:
        """Where a message of an MQTT topic goes; None when no city awaits it."""
        return self._remembered(topic) if len(topic) <= CACHED_LENGTH else self._find(topic)

    def _find(self, topic: str) -> Route | None:
        levels = topic.split("/")
        if len(levels) == 3 and (dataset := self.datasets.get(f"{levels[0]}/{levels[1]}")):
            return _own_route(dataset, levels[2])
        # At most one: the loader refuses filters that overlap.
        for dataset, source in self._sources.iter_match(topic):  # type: ignore[no-untyped-call]
            return _source_route(dataset, source, levels)
        return None


def _own_route(dataset: Dataset, sensor_id: str) -> Route:
    return Route(
        dataset=dataset,
        codec=DEFAULT_CODEC,
        read=CODECS[DEFAULT_CODEC],
        sensor_id=sensor_id,
        ignore=dataset.ignore,
        time_zone=dataset.time_zone,
    )


def _source_route(dataset: Dataset, source: Source, levels: list[str]) -> Route:
    level = source.sensor_level
    named = levels[level - 1] if level is not None and level <= len(levels) else None
    return Route(
        dataset=dataset,
        codec=source.codec,
        read=source.read,
        sensor_id=source.devices.get(named, named) if named is not None else None,
        ignore=dataset.ignore | source.ignore,
        time_zone=source.time_zone or dataset.time_zone,
        source=source if _foreign(source) else None,
    )


def _foreign(source: Source) -> bool:
    """Whether its messages may use other names or units than the registry's."""
    return source.codec != DEFAULT_CODEC or bool(source.devices or source.properties or source.units)
