"""Calendar days in a city's legal time: 23 to 25 hours long."""

from typing import NamedTuple
from zoneinfo import ZoneInfo

from stadspuls.clock import to_datetime
from store.grid import Grid


class Day(NamedTuple):
    """A day; `end` is the start of the next, in microseconds since 1970."""

    name: str
    """`2026-11-20`"""
    start: int
    end: int


class LocalDays:
    """The days of one time zone."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._grid = Grid("P1D", zone)
        self._last = Day("", 0, 0)

    def of(self, instant: int) -> Day:
        """The day that an instant falls in."""
        day = self._last
        # Most observations fall into the same day as the one before.
        if not day.start <= instant < day.end:
            start = self._grid.start_of(instant)
            name = to_datetime(start, self._zone).date().isoformat()
            day = self._last = Day(name, start, self._grid.end_of(start))
        return day
