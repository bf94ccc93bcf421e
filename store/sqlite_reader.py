"""Reading the SQLite file: the questions of `streams` and `apis`."""

import threading
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from stadspuls.log import decode_observations
from stadspuls.model import Identity, Observation, Quality, Rejection, Value
from store.protocol import HistoryQuery, LogEntry, LogSpan, RejectedQuery
from store.sqlite_catalogue import Catalogue
from store.sqlite_history import Row, history_rows, newest_row
from store.sqlite_rejected import newest_rejections, prepare_connection
from store.sqlite_schema import open_for_reading, snapshot, store_errors

IDENTITIES_AT_ONCE = 400
"""Two parameters each: below the 999 that every SQLite accepts."""

_LOG = (
    "SELECT published_at, frame FROM log WHERE published_at >= ? AND published_at < ?"
    " AND dataset_id = (SELECT id FROM dataset WHERE name = ?) ORDER BY published_at LIMIT ?"
)
_LOG_INDEX = (
    "SELECT published_at, last_published_at, observations FROM log WHERE published_at >= ? AND published_at < ?"
    " AND dataset_id = (SELECT id FROM dataset WHERE name = ?) ORDER BY published_at {} LIMIT ?"
)

_QUALITIES = {str(quality): quality for quality in Quality}


class SqliteReader:
    """Answers questions from a SQLite store (`store.protocol.StoreReader`) while the writer goes on."""

    def __init__(self, path: Path) -> None:
        self._connection = open_for_reading(path)
        prepare_connection(self._connection)
        self._catalogue = Catalogue(self._connection)
        self._lock = threading.Lock()

    def latest(
        self,
        dataset: str,
        *,
        before: int | None = None,
        sites: frozenset[str] | None = None,
        sensors: frozenset[str] | None = None,
        properties: frozenset[str] | None = None,
    ) -> list[Observation]:
        """The newest observation of every sensor and property, ordered by (sensor, property)."""
        with self._asking("latest"):
            number = self._catalogue.dataset(dataset)
            if number is None:
                return []
            chosen = self._catalogue.select(number, sites, sensors, properties)
            rows = (newest_row(self._connection, series, chosen, before) for series in chosen.series)
            return self._observations(row for row in rows if row)

    def history(self, query: HistoryQuery) -> list[Observation]:
        """Observations that the query asks for, in the order of histories."""
        with self._asking("history"):
            return self._observations(history_rows(self._connection, self._catalogue, query))

    def identities(self, wanted: Sequence[Identity]) -> dict[Identity, Value]:
        """The values of those identities that are stored; the others are absent."""
        with self._asking("identities"):
            by_dataset: dict[int, dict[tuple[int, int], Identity]] = defaultdict(dict)
            for identity in wanted:
                dataset = self._catalogue.dataset(identity.dataset)
                if dataset is None:
                    continue
                series = self._catalogue.series(dataset, identity.sensor, identity.observed_property)
                if series is not None:
                    by_dataset[dataset][identity.observed_at, series] = identity
            found: dict[Identity, Value] = {}
            for dataset, places in by_dataset.items():
                for place, value in self._values(dataset, list(places)):
                    found[places[place]] = value
            return found

    def stored_through(self) -> dict[str, int]:
        """For every dataset: the `published_at` up to which its published log is in the store."""
        with self._asking("stored_through"):
            return dict(self._connection.execute("SELECT name, stored_through FROM dataset"))

    def log(self, dataset: str, start: int, end: int, limit: int = 1000) -> list[LogEntry]:
        """The published order: entries with start <= published_at < end, oldest first."""
        with self._asking("log"):
            rows = self._connection.execute(_LOG, (start, end, dataset, limit))
            return [LogEntry(published_at, decode_observations(frame)) for published_at, frame in rows]

    def log_index(
        self, dataset: str, start: int, end: int, limit: int = 1000, *, newest_first: bool = False
    ) -> list[LogSpan]:
        """Where the entries lie that `log` would give, oldest first or newest first."""
        question = _LOG_INDEX.format("DESC" if newest_first else "ASC")
        with self._asking("log index"):
            return [LogSpan(*row) for row in self._connection.execute(question, (start, end, dataset, limit))]

    def rejected(self, query: RejectedQuery) -> list[Rejection]:
        """What was kept back, newest first."""
        with self._asking("rejected"):
            return newest_rejections(self._connection, query)

    def close(self) -> None:
        """Give back the connection."""
        with self._lock, store_errors("closing"):
            self._connection.close()

    @contextmanager
    def _asking(self, question: str) -> Iterator[None]:
        with self._lock, store_errors(question), snapshot(self._connection):
            self._catalogue.refresh()
            yield

    def _observations(self, rows: Iterable[Row]) -> list[Observation]:
        streams = self._catalogue.streams
        return [
            Observation(
                streams[stream],
                observed_at,
                received_at,
                published_at,
                _value(value),
                _QUALITIES[quality],
                test,
                known,
                capacity,
            )
            for observed_at, _, stream, received_at, published_at, value, quality, test, known, capacity in rows
        ]

    def _values(self, dataset: int, places: list[tuple[int, int]]) -> Iterator[tuple[tuple[int, int], Value]]:
        for i in range(0, len(places), IDENTITIES_AT_ONCE):
            some = places[i : i + IDENTITIES_AT_ONCE]
            wanted = ",".join(["(?,?)"] * len(some))
            rows = self._connection.execute(
                f"WITH wanted (observed_at, series_id) AS (VALUES {wanted})"  # noqa: S608 - only question marks
                " SELECT o.observed_at, o.series_id, o.value FROM wanted w CROSS JOIN observation o"
                " ON o.dataset_id = ? AND o.observed_at = w.observed_at AND o.series_id = w.series_id",
                (*(number for place in some for number in place), dataset),
            )
            yield from (((observed_at, series), _value(value)) for observed_at, series, value in rows)


def _value(stored: Value) -> Value:
    # The only whole numbers in the column are booleans.
    return bool(stored) if type(stored) is int else stored
