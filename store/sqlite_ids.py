"""The small numbers that stand for datasets, series and datastreams in the SQLite file."""

import sqlite3
from typing import NamedTuple

from stadspuls.model import Datastream


class StreamIds(NamedTuple):
    """The numbers of one datastream."""

    dataset: int
    series: int
    datastream: int


class WriterIds:
    """Gives every dataset, series and datastream its number, asking the file only once for each.

    New ones are written in the transaction of the caller, who must `forget` when it fails.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._datasets: dict[str, int] = {}
        self._streams: dict[Datastream, StreamIds] = {}

    def forget(self) -> None:
        """Drop what is known: a transaction that failed took its new numbers with it."""
        self._datasets.clear()
        self._streams.clear()

    def dataset(self, name: str) -> int:
        """The number of a dataset."""
        number = self._datasets.get(name)
        if number is None:
            self._connection.execute(
                "INSERT INTO dataset (name, stored_through) VALUES (?, 0) ON CONFLICT DO NOTHING", (name,)
            )
            row = self._connection.execute("SELECT id FROM dataset WHERE name = ?", (name,)).fetchone()
            number = self._datasets[name] = int(row[0])
        return number

    def stream(self, stream: Datastream) -> StreamIds:
        """The numbers of a datastream."""
        ids = self._streams.get(stream)
        if ids is None:
            ids = self._streams[stream] = self._find(stream)
        return ids

    def _find(self, stream: Datastream) -> StreamIds:
        dataset = self.dataset(stream.dataset)
        series = self._number(
            "INSERT INTO series (dataset_id, sensor, property) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            "SELECT id FROM series WHERE dataset_id = ? AND sensor = ? AND property = ?",
            (dataset, stream.sensor, stream.observed_property),
        )
        datastream = self._number(
            "INSERT INTO datastream (series_id, site, unit, origin, procedure) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT DO NOTHING",
            "SELECT id FROM datastream WHERE series_id = ? AND site = ? AND unit = ? AND origin = ? AND procedure = ?",
            (series, stream.site, stream.unit, stream.origin, stream.procedure),
        )
        return StreamIds(dataset, series, datastream)

    def _number(self, insert: str, select: str, row: tuple[int | str, ...]) -> int:
        self._connection.execute(insert, row)
        return int(self._connection.execute(select, row).fetchone()[0])
