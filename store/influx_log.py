"""The published order out of InfluxDB: its entries, and where they lie."""

import zlib
from collections.abc import Sequence

from stadspuls.log import decode_observations
from store.influx_connection import MOST_ROWS, InfluxConnection
from store.influx_flux import EARLIEST, clamped, keep, range_us, source
from store.influx_rows import CHUNK_COLUMNS, joined, time_us
from store.influx_walk import Asking, Walk, mirrored
from store.protocol import LogEntry, LogSpan

_SPAN_COLUMNS = ("_time", "_value")


class PublishedOrder:
    """Answers questions about the published order."""

    def __init__(self) -> None:
        self._walk = Walk()

    def entries(self, connection: InfluxConnection, dataset: str, start: int, end: int, limit: int) -> list[LogEntry]:
        """Entries with start <= published_at < end, oldest first."""
        found: list[LogEntry] = []
        # Far in the past, it is a long way to the first entry.
        asking, from_zero = _asking_entries(connection, dataset), start <= 0
        for part in self._walk.parts(asking, clamped(start), clamped(end), max(limit, 1), jump=from_zero):
            found += sorted(part.rows, key=lambda entry: entry.published_at)
            if len(found) >= limit:
                break
        return found[:limit]

    def spans(
        self, connection: InfluxConnection, dataset: str, start: int, end: int, limit: int, *, newest_first: bool
    ) -> list[LogSpan]:
        """Where those entries lie, oldest first or newest first."""
        found: list[LogSpan] = []
        first, last = clamped(start), clamped(end)
        if newest_first:
            first, last = mirrored(first, last)
        asking = _asking_spans(connection, dataset, newest_first=newest_first)
        for part in self._walk.parts(asking, first, last, max(limit, 1), jump=newest_first or start <= 0):
            found += sorted(part.rows, reverse=newest_first)
            if len(found) >= limit:
                break
        return found[:limit]


def _asking_entries(connection: InfluxConnection, dataset: str) -> Asking[LogEntry]:
    def read(start: int, stop: int, everything: bool) -> Sequence[LogEntry]:
        times, tags = range_us(start, stop), {"dataset": [dataset]}
        flux = source(connection.bucket, times, "log", "frame", tags, chunks=True)
        rows = connection.ask(f"{flux} {keep(*CHUNK_COLUMNS)}", CHUNK_COLUMNS, None if everything else MOST_ROWS)
        return [entry_of(time, data) for time, data in joined(rows, "frame")]

    def first(start: int, stop: int) -> int | None:
        spans = _spans(connection, dataset, start, stop, "|> first()")
        return spans[0].published_at if spans else None

    return Asking(dataset, read, first)


def entry_of(time: str, data: bytes) -> LogEntry:
    """The entry at a time of InfluxDB."""
    return LogEntry(time_us(time), decode_observations(zlib.decompress(data)))


def _asking_spans(connection: InfluxConnection, dataset: str, *, newest_first: bool) -> Asking[LogSpan]:
    def read(start: int, stop: int, everything: bool) -> Sequence[LogSpan]:
        if newest_first:
            start, stop = mirrored(start, stop)
        return _spans(connection, dataset, start, stop, "", None if everything else MOST_ROWS)

    def first(start: int, stop: int) -> int | None:
        if not newest_first:
            spans = _spans(connection, dataset, start, stop, "|> first()")
            return spans[0].published_at if spans else None
        spans = _spans(connection, dataset, *mirrored(start, stop), "|> last()")
        return -spans[0].published_at if spans else None

    return Asking(("spans", dataset), read, first)


def last_span(connection: InfluxConnection, dataset: str, before: int) -> LogSpan | None:
    """The newest entry that begins before an instant."""
    return next(iter(_spans(connection, dataset, EARLIEST, clamped(before), "|> last()")), None)


def _spans(  # noqa: PLR0917 - a range, and how it is read
    connection: InfluxConnection,
    dataset: str,
    start: int,
    stop: int,
    which: str,
    most_rows: int | None = MOST_ROWS,
) -> list[LogSpan]:
    flux = source(connection.bucket, range_us(start, stop), "log", "span", {"dataset": [dataset]})
    rows = connection.ask(f"{flux} {which} {keep(*_SPAN_COLUMNS)}", _SPAN_COLUMNS, most_rows)
    found = []
    for time, span in rows:
        published_at = time_us(time)
        more, count = span.split("|")
        found.append(LogSpan(published_at, published_at + int(more), int(count)))
    return found
