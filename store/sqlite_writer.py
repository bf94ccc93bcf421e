"""Writing to the SQLite file: what the sink does."""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import msgspec

from stadspuls.log import ObservationFrame, encode_observations
from stadspuls.model import Rejection, Value
from store.by_dataset import by_dataset
from store.sqlite_ids import StreamIds, WriterIds
from store.sqlite_retention import forget_published, forget_rejected
from store.sqlite_schema import open_for_writing, store_errors, transaction

# The first publication of an identity stays. Not INSERT OR IGNORE: that would drop an impossible value without a word.
_INSERT_OBSERVATION = """
INSERT INTO observation (
    dataset_id, observed_at, series_id, datastream_id, received_at, published_at, value, quality, test, known, capacity
) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
"""
_INSERT_LOG = (
    "INSERT INTO log (dataset_id, published_at, last_published_at, observations, frame) VALUES (?, ?, ?, ?, ?)"
    " ON CONFLICT DO NOTHING"
)
_STORED_THROUGH = "UPDATE dataset SET stored_through = max(stored_through, ?) WHERE id = ?"
_INSERT_REJECTED = "INSERT INTO rejected (key, city, reason, rejected_at, rejection) VALUES (?, ?, ?, ?, ?)"
_KEEP_REJECTED = f"{_INSERT_REJECTED} ON CONFLICT DO NOTHING"
_KEEP_REPLAYED = f"{_INSERT_REJECTED} ON CONFLICT (key) DO UPDATE SET rejection = excluded.rejection"

_Row = tuple[int, int, int, int, int, int, Value, str, str | None, int | None, int | None]
_encoder = msgspec.msgpack.Encoder()


class SqliteWriter:
    """The one writer of a SQLite store (`store.protocol.StoreWriter`)."""

    def __init__(self, path: Path) -> None:
        self._connection = open_for_writing(path)
        self._ids = WriterIds(self._connection)
        self._lock = threading.Lock()

    def write(self, frames: Iterable[ObservationFrame]) -> None:
        """Store observations, the published order and `stored_through`, all or nothing."""
        with self._writing("storing observations"):
            rows: list[_Row] = []
            for frame in frames:
                rows.extend(self._rows(frame))
                for part in by_dataset(frame):
                    self._write_log(part)
            self._connection.executemany(_INSERT_OBSERVATION, rows)

    def prepare(self, frames: Iterable[ObservationFrame]) -> Callable[[], None]:
        """Nothing can be done without the file: the call that comes back writes the frames."""
        return partial(self.write, list(frames))

    def write_rejected(self, rejections: Iterable[Rejection]) -> None:
        """Keep rejections; one with a known key is kept once, and marked once it was replayed."""
        with self._writing("storing rejections"):
            for r in rejections:
                keep = _KEEP_REJECTED if r.replayed_at is None else _KEEP_REPLAYED
                self._connection.execute(keep, (r.key, r.city, r.reason, r.rejected_at, _encoder.encode(r)))

    def note_stored_through(self, through: Mapping[str, int]) -> None:
        """Raise `stored_through` of datasets where it is lower."""
        with self._writing("noting what is stored"):
            for dataset, published_at in through.items():
                self._connection.execute(_STORED_THROUGH, (published_at, self._ids.dataset(dataset)))

    def retain(self, before: Mapping[str, int], rejected_before: int) -> int:
        """Delete what was published (by dataset) or rejected before an instant; returns how much went."""
        with self._lock, store_errors("deleting what is past its retention"):
            gone = sum(forget_published(self._connection, dataset, instant) for dataset, instant in before.items())
            return gone + forget_rejected(self._connection, rejected_before)

    def close(self) -> None:
        """Give back the connection."""
        with self._lock, store_errors("closing"):
            self._connection.close()

    @contextmanager
    def _writing(self, doing: str) -> Iterator[None]:
        with self._lock, store_errors(doing):
            try:
                with transaction(self._connection):
                    yield
            except BaseException:
                self._ids.forget()
                raise

    def _rows(self, frame: ObservationFrame) -> Iterator[_Row]:
        # By identity of the object, as in the frame's encoding: hashing a datastream costs more than its row.
        known: dict[int, StreamIds] = {}
        for o in frame.observations:
            ids = known.get(id(o.datastream))
            if ids is None:
                ids = known[id(o.datastream)] = self._ids.stream(o.datastream)
            # A whole number would come back as a boolean.
            value = float(o.value) if type(o.value) is int else o.value
            yield (
                ids.dataset,
                o.observed_at,
                ids.series,
                ids.datastream,
                o.received_at,
                o.published_at,
                value,
                o.quality,
                o.test,
                o.known,
                o.capacity,
            )

    def _write_log(self, frame: ObservationFrame) -> None:
        first, last = frame.observations[0], frame.observations[-1]
        dataset = self._ids.dataset(first.datastream.dataset)
        place = (dataset, first.published_at, last.published_at, len(frame.observations))
        self._connection.execute(_INSERT_LOG, (*place, encode_observations(frame)))
        self._connection.execute(_STORED_THROUGH, (last.published_at, dataset))
