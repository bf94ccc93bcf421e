"""The grid of windows: half-open, one after the other, in a city's legal local time.

Windows of up to an hour are equal steps from local midnight, so a day of 23 or 25 hours has an hour's windows fewer or
more. Windows of several hours begin at the same local times every day, and days, weeks (from Monday) and months at
local midnight, so the one in which the clocks change is an hour shorter or longer.
"""

from bisect import bisect_right
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from stadspuls.clock import MINUTE, to_datetime, to_us

_MINUTES = {f"PT{n}M": n for n in (1, 5, 10, 15, 30)} | {f"PT{n}H": 60 * n for n in (1, 2, 3, 4, 6, 8, 12)}
_DAY, _WEEK, _MONTH = "P1D", "P1W", "P1M"

EVERY = (*_MINUTES, _DAY, _WEEK, _MONTH)
"""The ISO 8601 durations that windows may have."""


class Grid:
    """Windows of one duration in one time zone."""

    def __init__(self, every: str, zone: ZoneInfo) -> None:
        """Take a duration of `EVERY`.

        Raises:
            ValueError: for any other duration.
        """
        if every not in EVERY:
            raise ValueError(f"{every!r} is no window's duration; possible are {', '.join(EVERY)}")
        self._every = every
        self._zone = zone
        self._starts: dict[date, list[int]] = {}

    def start_of(self, instant: int) -> int:
        """The start of the window that an instant falls in."""
        starts = self._starts_around(self._date(instant))
        return starts[bisect_right(starts, instant) - 1]

    def end_of(self, start: int) -> int:
        """The end of the window that begins at `start`; also the start of the next."""
        starts = self._starts_around(self._date(start))
        return starts[bisect_right(starts, start)]

    def _date(self, instant: int) -> date:
        return to_datetime(instant, self._zone).date()

    def _starts_around(self, day: date) -> list[int]:
        # The starts within the day, week or month of a date, and the first one after it.
        first, following = self._span(day)
        starts = self._starts.get(first)
        if starts is None:
            starts = self._starts[first] = [*self._starts_within(first, following), self._midnight(following)]
        return starts

    def _span(self, day: date) -> tuple[date, date]:
        if self._every == _WEEK:
            monday = day - timedelta(days=day.weekday())
            return monday, monday + timedelta(days=7)
        if self._every == _MONTH:
            first = day.replace(day=1)
            return first, (first + timedelta(days=31)).replace(day=1)
        return day, day + timedelta(days=1)

    def _starts_within(self, first: date, following: date) -> list[int]:
        minutes = _MINUTES.get(self._every)
        if minutes is None:
            return [self._midnight(first)]
        if minutes <= 60:
            return list(range(self._midnight(first), self._midnight(following), minutes * MINUTE))
        return [self._local(first, time(hour)) for hour in range(0, 24, minutes // 60)]

    def _midnight(self, day: date) -> int:
        return self._local(day, time())

    def _local(self, day: date, at: time) -> int:
        # A time that comes twice is its first; one that is skipped is the instant at which the clocks change.
        return to_us(datetime.combine(day, at, self._zone))
