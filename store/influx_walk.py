"""Going through time in ranges that are neither too wide nor too narrow.

InfluxDB sorts slowly and reads a range whole whatever limit stands behind it, so a page is read as ranges that hold
about as much as is wanted, each complete, and put in order here.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Generic, NamedTuple, TypeVar

from store.influx_connection import TooMuch

FIRST_SPAN = 60_000_000
"""A minute, in microseconds: what is tried where nothing is known of how much there is."""

_GROWTH = 10
_MARGIN = 1.3
_MOST_KNOWN = 1_000

T = TypeVar("T")


def mirrored(start: int, stop: int) -> tuple[int, int]:
    """The same range in negative time, in which the newest comes first; and back again."""
    return 1 - stop, 1 - start


class Part(NamedTuple, Generic[T]):
    """Everything from one range of time, in no order."""

    rows: Sequence[T]
    stop: int
    """Where the range ended: everything before is read."""


class Asking(NamedTuple, Generic[T]):
    """How to read ranges of one kind of thing."""

    key: object
    """Things of the same key lie about equally dense."""
    read: Callable[[int, int, bool], Sequence[T]]
    """Everything from one instant (included) to another (not); raises `TooMuch` unless told to take all there is."""
    next: Callable[[int, int], int | None]
    """The first instant at which there is something, from one instant (included) to another (not)."""


class Walk:
    """Goes through ranges, and remembers how wide they were best."""

    def __init__(self, first_span: int = FIRST_SPAN) -> None:
        self._first_span = first_span
        self._spans: dict[object, float] = {}
        """How much time one row takes."""

    def parts(self, asking: Asking[T], start: int, end: int, wanted: int, *, jump: bool) -> Iterator[Part[T]]:
        """Range after range from `start` (`jump`: from the first thing behind it) until `end` or nothing more is there.

        The ranges hold about `wanted` rows together; whoever asks stops when it has enough.
        """
        at: int | None = asking.next(start, end) if jump else start
        per_row = self._spans.get(asking.key, self._first_span / wanted)
        left = wanted
        while at is not None and at < end:
            stop = min(end, at + max(1, int(per_row * max(left, wanted / 10) * _MARGIN)))
            try:
                rows = asking.read(at, stop, stop == at + 1)
            except TooMuch:
                per_row /= _GROWTH
                continue
            per_row = min(per_row * _GROWTH, (stop - at) / max(1, len(rows)))
            self._remember(asking.key, per_row)
            yield Part(rows, stop)
            left -= len(rows)
            at = stop if rows or stop >= end else asking.next(stop, end)

    def _remember(self, key: object, per_row: float) -> None:
        if len(self._spans) >= _MOST_KNOWN:
            self._spans.clear()
        self._spans[key] = per_row
