"""Writing to InfluxDB: what the sink does.

InfluxDB has no transactions, so the order makes it safe to repeat: observations, then the published order, then
`stored_through`. What a crash leaves half done is written again, the same points with the same values, and until then
nothing says that it is stored.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from stadspuls.log import ObservationFrame
from stadspuls.model import Observation, Rejection
from stadspuls.settings import Settings
from store.by_dataset import by_dataset
from store.influx_connection import InfluxConnection
from store.influx_lines import ObservationLines, log_line, stored_through_line
from store.influx_opening import Opening, unusable_as_store_errors
from store.influx_refused import write_all_but_refused
from store.influx_rejected import forget_rejected, lines_of_unknown
from store.influx_retention import forget_published, forget_stored_through

AT_ONCE = 5_000
"""Points in one request, as InfluxDB advises."""

BYTES_AT_ONCE = 4 * 1024 * 1024
"""Of frames, which are large points."""


class _Encoded(NamedTuple):
    lines: list[str]
    observations: list[Observation]
    log: list[str]
    through: dict[str, int]


class InfluxWriter:
    """The one writer of an InfluxDB store (`store.protocol.StoreWriter`)."""

    def __init__(self, settings: Settings) -> None:
        self._opening = Opening(settings)
        self._lines = ObservationLines()

    def write(self, frames: Iterable[ObservationFrame]) -> None:
        """Store observations, the published order and `stored_through`."""
        self.prepare(frames)()

    def prepare(self, frames: Iterable[ObservationFrame]) -> Callable[[], None]:
        """Encode frames; the call that comes back writes them, and may be repeated."""
        with unusable_as_store_errors("storing observations"):
            return partial(self._send, self._encoded(frames))

    def write_rejected(self, rejections: Iterable[Rejection]) -> None:
        """Keep rejections; one with a known key is kept once, and marked once it was replayed."""
        with self._opening.use("storing rejections") as connection:
            _keep(connection, list(rejections))

    def note_stored_through(self, through: Mapping[str, int]) -> None:
        """Raise `stored_through` of datasets where it is lower: of what is noted, the newest counts."""
        with self._opening.use("noting what is stored") as connection:
            _note(connection, through)

    def retain(self, before: Mapping[str, int], rejected_before: int) -> int:
        """Delete what was published (by dataset) or rejected before an instant; returns how much went."""
        with self._opening.use("deleting what is past its retention") as connection:
            forget_stored_through(connection)
            gone = sum(forget_published(connection, dataset, instant) for dataset, instant in before.items())
            return gone + forget_rejected(connection, rejected_before)

    def close(self) -> None:
        """Give back the connection."""
        self._opening.close()

    def _encoded(self, frames: Iterable[ObservationFrame]) -> _Encoded:
        found = _Encoded([], [], [], {})
        for frame in frames:
            found.lines.extend(self._lines.lines(frame))
            found.observations.extend(frame.observations)
            for entry in by_dataset(frame):
                found.log.append(log_line(entry))
                last = entry.observations[-1]
                dataset = last.datastream.dataset
                found.through[dataset] = max(last.published_at, found.through.get(dataset, last.published_at))
        return found

    def _send(self, encoded: _Encoded) -> None:
        with self._opening.use("storing observations") as connection:
            for at in range(0, len(encoded.lines), AT_ONCE):
                some = slice(at, at + AT_ONCE)
                _keep(connection, write_all_but_refused(connection, encoded.lines[some], encoded.observations[some]))
            for lines in _together(encoded.log):
                connection.write(lines)
            _note(connection, encoded.through)


def _note(connection: InfluxConnection, through: Mapping[str, int]) -> None:
    if through:
        lines = "".join(stored_through_line(*one) for one in through.items())
        connection.write(lines.encode())


def _keep(connection: InfluxConnection, rejections: Sequence[Rejection]) -> None:
    if not rejections:
        return
    points, keys = lines_of_unknown(connection, rejections)
    if points:
        for lines in _together(points):
            connection.write(lines, nanoseconds=True)
    if keys:
        connection.write("".join(keys).encode(), nanoseconds=True)


def _together(lines: Iterable[str]) -> Iterator[bytes]:
    """Lines in as few requests as there may be, in their order."""
    some: list[str] = []
    size = 0
    for line in lines:
        if some and (size + len(line) > BYTES_AT_ONCE or len(some) == AT_ONCE):
            yield "".join(some).encode()
            some, size = [], 0
        some.append(line)
        size += len(line)
    if some:
        yield "".join(some).encode()
