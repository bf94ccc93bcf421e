"""Which members of dimensions the facts name, found while they are written."""

from functools import cached_property
from typing import NamedTuple

from apis.warehouse.keys import stable_key
from stadspuls.clock import rfc3339
from stadspuls.model import Datastream
from stadspuls.registry import Dataset
from store.grid import Grid


class StreamKeys(NamedTuple):
    """The keys of all facts of one datastream."""

    dataset: int
    site: int
    sensor: int
    property: int


class Hour(NamedTuple):
    """An hour of a city's legal time, by its zone and its start (microseconds since 1970)."""

    zone: str
    start: int

    @property
    def key(self) -> int:
        """Its surrogate key."""
        return stable_key("time", self.zone, rfc3339(self.start))


class Seen:
    """Keys of one dataset, and what they stand for."""

    def __init__(self, dataset: Dataset) -> None:
        self._dataset = dataset
        self._grid = Grid("PT1H", dataset.city.time_zone)
        self._streams: dict[Datastream, StreamKeys] = {}
        self._hours: dict[int, int] = {}

    def stream(self, stream: Datastream) -> StreamKeys:
        """The keys of a datastream."""
        keys = self._streams.get(stream)
        if keys is None:
            keys = self._streams[stream] = StreamKeys(
                dataset_key(stream.dataset),
                site_key(stream.dataset, stream.site),
                sensor_key(stream.dataset, stream.sensor),
                property_key(stream.theme, stream.observed_property, stream.unit),
            )
        return keys

    def hour(self, observed_at: int) -> int:
        """The key of the local hour that an instant falls in."""
        start = self._grid.start_of(observed_at)
        key = self._hours.get(start)
        if key is None:
            key = self._hours[start] = Hour(self._zone, start).key
        return key

    @property
    def streams(self) -> list[Datastream]:
        """Every datastream that was asked for."""
        return list(self._streams)

    @property
    def hours(self) -> list[Hour]:
        """Every hour that was asked for."""
        return [Hour(self._zone, start) for start in self._hours]

    @cached_property
    def _zone(self) -> str:
        return self._dataset.city.time_zone.key


def dataset_key(dataset: str) -> int:
    """The key of a dataset."""
    return stable_key("dataset", dataset)


def site_key(dataset: str, site: str) -> int:
    """The key of a site."""
    return stable_key("site", dataset, site)


def sensor_key(dataset: str, sensor: str) -> int:
    """The key of a sensor, wherever it stands."""
    return stable_key("sensor", dataset, sensor)


def property_key(theme: str, name: str, unit: str) -> int:
    """The key of a property in a unit: numbers in another unit are another measure."""
    return stable_key("property", theme, name, unit)
