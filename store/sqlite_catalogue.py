"""What a reader knows of the datasets, series and datastreams of the SQLite file: they only ever grow."""

import sqlite3
from dataclasses import dataclass, field

from stadspuls.model import Datastream, Origin, Procedure


@dataclass
class Series:
    """A sensor and a property, and the numbers of its datastreams (another one after it moved to another site)."""

    number: int
    sensor: str
    observed_property: str
    datastreams: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class Selection:
    """The series a question is about, ordered by (sensor, property), and their datastreams."""

    series: list[Series]
    datastreams: frozenset[int]
    everything: bool
    """Whether that is all of the dataset."""


class Catalogue:
    """Knows every datastream by its number; `refresh` reads those that came since."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._dataset_names: dict[int, str] = {}
        self._numbers: dict[str, int] = {}
        self._series: dict[int, dict[int, Series]] = {}
        self._by_name: dict[tuple[int, str, str], int] = {}
        self._newest = 0
        self.streams: dict[int, Datastream] = {}
        """The datastream of a number."""
        self.ranks: dict[int, tuple[str, str]] = {}
        """The place of a series among those observed at the same instant: (sensor, property)."""

    def refresh(self) -> None:
        """Learn what the writer has added; call it in the transaction of the question."""
        rows = self._connection.execute(
            "SELECT d.id, d.series_id, s.dataset_id, s.sensor, s.property, d.site, d.unit, d.origin, d.procedure"
            " FROM datastream d JOIN series s ON s.id = d.series_id WHERE d.id > ? ORDER BY d.id",
            (self._newest,),
        ).fetchall()
        if rows:
            self._dataset_names = dict(self._connection.execute("SELECT id, name FROM dataset"))
            self._numbers = {name: number for number, name in self._dataset_names.items()}
        for number, series, dataset, sensor, name, site, unit, origin, procedure in rows:
            city, _, theme = self._dataset_names[dataset].partition("/")
            stream = Datastream(city, theme, site, sensor, name, unit, Origin(origin), Procedure(procedure))
            self.streams[number] = stream
            self.ranks[series] = (sensor, name)
            self._by_name[dataset, sensor, name] = series
            known = self._series.setdefault(dataset, {})
            known.setdefault(series, Series(series, sensor, name)).datastreams.append(number)
            self._newest = number

    def dataset(self, name: str) -> int | None:
        """The number of a dataset; None when nothing of it is stored."""
        return self._numbers.get(name)

    def series(self, dataset: int, sensor: str, observed_property: str) -> int | None:
        """The number of a series; None when nothing of it is stored."""
        return self._by_name.get((dataset, sensor, observed_property))

    def select(
        self,
        dataset: int,
        sites: frozenset[str] | None,
        sensors: frozenset[str] | None,
        properties: frozenset[str] | None,
    ) -> Selection:
        """What of a dataset answers to these restrictions; None restricts nothing."""
        every = self._series.get(dataset, {}).values()
        series = [
            s
            for s in every
            if (sensors is None or s.sensor in sensors) and (properties is None or s.observed_property in properties)
        ]
        numbers = frozenset(
            number for s in series for number in s.datastreams if sites is None or self.streams[number].site in sites
        )
        series = [s for s in series if not numbers.isdisjoint(s.datastreams)]
        series.sort(key=lambda s: (s.sensor, s.observed_property))
        return Selection(series, numbers, len(numbers) == sum(len(s.datastreams) for s in every))
