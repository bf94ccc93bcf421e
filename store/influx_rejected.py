"""Rejections in InfluxDB.

Measurement `rejected`: tags reason and lane; time is `rejected_at` in nanoseconds, counted up to the first that no
other rejection has, for points of one series and time are one point; the rejection is in fields `rejection0`, ..., its
key in `key`. Measurement `rejected_key` has the keys once more, by `received_at`: a key holds that instant, so whether
it is known is one narrow question, also when its frame was worked through again at another time.

What was replayed is written again at its own time, with `replayed_at`: that only makes it longer, so that no chunk of
what it was is left.

The city is what a stranger wrote at the start of a topic, so it is no tag; its lane, one of 16, is.
"""

import zlib
from collections.abc import Iterable, Sequence

import msgspec

from stadspuls.clock import DAY, HOUR
from stadspuls.influx_text import literal, original, plain
from stadspuls.model import Rejection
from store.influx_connection import MOST_ROWS, InfluxConnection
from store.influx_flux import EARLIEST, FIRST_NS, LAST_NS, clamped, keep, predicate, range_ns, source
from store.influx_lines import string_fields
from store.influx_rows import CHUNK_COLUMNS, joined, time_ns
from store.influx_walk import Asking, Walk, mirrored
from store.protocol import RejectedPlace, RejectedQuery

LANES = 16

_NS = 1000
_DIGITS = 18
"""Of an instant in microseconds, more than any has."""
_COUNTED_UP = 10_000_000
"""Nanoseconds that a time may have been counted up: far more rejections than one instant can have."""

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Rejection)
_Row = tuple[int, Rejection]


def _lane(city: str) -> str:
    return str(zlib.crc32(city.encode()) % LANES)


class RejectedReader:
    """Lists rejections, newest first."""

    def __init__(self) -> None:
        self._walk = Walk(HOUR * _NS)

    def newest(self, connection: InfluxConnection, query: RejectedQuery) -> list[Rejection]:
        """What a query asks for, newest first."""
        if query.limit <= 0:
            return []
        oldest = FIRST_NS if query.start is None else clamped(query.start) * _NS
        newest = LAST_NS if query.end is None else clamped(query.end) * _NS + _COUNTED_UP
        if query.after is not None:
            newest = min(newest, _time_of(connection, query.after))
        if query.key is not None:
            oldest, newest = _only(connection, query.key, oldest, newest)
        start, end = mirrored(oldest, newest)
        jump = query.end is None and query.after is None and query.key is None
        found: list[_Row] = []
        for part in self._walk.parts(_asking(connection, query), start, end, query.limit, jump=jump):
            found += sorted((row for row in part.rows if _is_asked(query, row[1])), key=_time, reverse=True)
            if len(found) >= query.limit:
                break
        return [rejection for _, rejection in found[: query.limit]]


def _time_of(connection: InfluxConnection, place: RejectedPlace) -> int:
    """The time of a rejection's point; of one that is gone, the first of its instant."""
    kept = _keys(connection, "rejected", [place.rejected_at])
    return next((time for time, key in kept.items() if key == place.key), clamped(place.rejected_at) * _NS)


def _only(connection: InfluxConnection, key: str, oldest: int, newest: int) -> tuple[int, int]:
    """The part of a range that holds nothing but the rejection with a key; an empty one where there is none."""
    received = key.partition("-")[0]
    if received.isascii() and received.isdigit():
        # A message is received before it is rejected, whatever two clocks say.
        oldest = max(oldest, clamped(int(received[:_DIGITS]) - DAY) * _NS)
    flux = source(connection.bucket, range_ns(oldest, newest), "rejected", "key", {})
    same = f"|> filter(fn: (r) => r._value == {literal(plain(key))})"
    found = connection.ask(f"{flux} {same} {keep('_time', '_value')}", ("_time", "_value"))
    time = next((time_ns(time) for time, _ in found), newest)
    return time, min(time + 1, newest)


def _asking(connection: InfluxConnection, query: RejectedQuery) -> Asking[_Row]:
    tags: dict[str, Iterable[str]] = {}
    city = _city(query)
    if city is not None:
        tags["lane"] = [_lane(city)]
    if query.reason is not None:
        tags["reason"] = [query.reason]

    def read(start: int, stop: int, everything: bool) -> Sequence[_Row]:
        flux = source(connection.bucket, range_ns(*mirrored(start, stop)), "rejected", "rejection", tags, chunks=True)
        most = None if everything else MOST_ROWS
        rows = connection.ask(f"{flux} {keep(*CHUNK_COLUMNS)}", CHUNK_COLUMNS, most)
        return [(time_ns(time), _decoder.decode(data)) for time, data in joined(rows, "rejection")]

    def newest(start: int, stop: int) -> int | None:
        flux = source(connection.bucket, range_ns(*mirrored(start, stop)), "rejected", "key", tags)
        found = connection.ask(f"{flux} |> last() {keep('_time', '_value')}", ("_time", "_value"))
        return min((-time_ns(time) for time, _ in found), default=None)

    return Asking((city, query.dataset, query.reason), read, newest)


def _city(query: RejectedQuery) -> str | None:
    """The topic of a dataset's message begins with its city."""
    return query.dataset.partition("/")[0] if query.city is None and query.dataset is not None else query.city


def _is_asked(query: RejectedQuery, rejection: Rejection) -> bool:
    # The times of points may have been counted up, and other cities have the same lane.
    return (
        (query.city is None or rejection.city == query.city)
        and (query.dataset is None or rejection.dataset == query.dataset)
        and (query.start is None or rejection.rejected_at >= query.start)
        and (query.end is None or rejection.rejected_at < query.end)
    )


def _time(row: _Row) -> int:
    return row[0]


def lines_of_unknown(connection: InfluxConnection, rejections: Iterable[Rejection]) -> tuple[list[str], list[str]]:
    """Lines, with times in nanoseconds, of what is not kept yet: rejections, also those just replayed, and their keys.

    Raises:
        StoreError: when the server does not answer.
    """
    given: dict[str, Rejection] = {}
    for r in rejections:
        if r.replayed_at is None:
            given.setdefault(r.key, r)
        else:
            given[r.key] = r
    by_rejection = _keys(connection, "rejected", [r.rejected_at for r in given.values()])
    by_key = _keys(connection, "rejected_key", [r.received_at for r in given.values()])
    known = {*by_rejection.values(), *by_key.values()}
    places = {key: time for time, key in by_rejection.items()}
    points, keys = [], []
    for key, r in given.items():
        if key not in known:
            points.append(_line(r, _free(by_rejection, r.rejected_at, key)))
            keys.append(f'rejected_key key="{plain(key)}" {_free(by_key, r.received_at, key)}\n')
        elif r.replayed_at is not None and key in places:
            points.append(_line(r, places[key]))
    return points, keys


def _line(r: Rejection, time: int) -> str:
    body = string_fields("rejection", _encoder.encode(r))
    return f'rejected,lane={_lane(r.city)},reason={r.reason} key="{plain(r.key)}",{body} {time}\n'


def _free(taken: dict[int, str], instant: int, key: str) -> int:
    time = clamped(instant) * _NS
    while time in taken:
        time += 1
    taken[time] = key
    return time


def _keys(connection: InfluxConnection, measurement: str, instants: Sequence[int]) -> dict[int, str]:
    """The keys that stand near some instants, by the time of their point."""
    ranges: list[tuple[int, int]] = []
    for instant in sorted(map(clamped, instants)):
        if ranges and instant - ranges[-1][1] <= HOUR:
            ranges[-1] = (ranges[-1][0], instant)
        else:
            ranges.append((instant, instant))
    found: dict[int, str] = {}
    for first, last in ranges:
        times = range_ns(first * _NS, last * _NS + _COUNTED_UP)
        flux = f"{source(connection.bucket, times, measurement, 'key', {})} {keep('_time', '_value')}"
        found |= {time_ns(time): original(key) for time, key in connection.ask(flux, ("_time", "_value"), None)}
    return found


def forget_rejected(connection: InfluxConnection, before: int) -> int:
    """Delete rejections from before an instant; returns how many."""
    if before <= EARLIEST:
        return 0
    last = clamped(before) * _NS - 1
    flux = source(connection.bucket, range_ns(FIRST_NS, last + 1), "rejected", "key", {})
    counted = connection.ask(f"{flux} |> group() |> count() {keep('_value')}", ("_value", "_value"))
    gone = sum(int(count) for count, _ in counted)
    if gone:
        connection.delete(FIRST_NS, last, predicate("rejected", {}))
        # A message was received before it was rejected.
        connection.delete(FIRST_NS, last, predicate("rejected_key", {}))
    return gone
