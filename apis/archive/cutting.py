"""Which observations go into which file: a function of the published log alone, so everyone cuts alike.

A day is closed by the observation that takes the dataset's watermark (its newest `observed_at`) to the day's end and
the grace behind it. What was published of the day until then is the day's file. What comes later is late: the late
observations of a day that were published within one local day go into one further file of it.
"""

from collections.abc import Iterator
from typing import NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from apis.archive.days import Day, LocalDays
from stadspuls.clock import HOUR
from stadspuls.log import ObservationFrame
from stadspuls.model import Observation

GRACE = 48 * HOUR
"""As for windows: what is 48 hours behind the newest observation is final, and what comes later a revision."""
BEFORE_ALL = -(2**63)

Series = tuple[str, str]
"""A site and one of its sensors."""


class Gathering(msgspec.Struct):
    """Observations of one day that are in no file yet."""

    start: int
    end: int
    late: bool
    last: int
    """When the newest of them was published."""
    counts: dict[str, dict[str, int]]
    """How many there are by site and sensor."""


class Progress(msgspec.Struct):
    """How far one dataset's published log is worked through, and what that leaves open."""

    through: int = -1
    """Everything published up to then is worked through."""
    watermark: int = BEFORE_ALL
    late_until: int = BEFORE_ALL
    """The end of the local day of publication in which late observations are gathered now."""
    days: dict[str, Gathering] = {}


class Closing(NamedTuple):
    """A file that can be written: all of a day that is in no file yet and was published by `last`."""

    day: Day
    last: int
    late: bool
    counts: dict[Series, int]
    """How many observations it will hold of each series, unless their retention ends meanwhile."""
    registry: str
    """Version of the registry under which the observation was published that closed it."""


class Cutter:
    """Works the published log of one dataset through, in its order."""

    def __init__(self, zone: ZoneInfo, progress: Progress) -> None:
        """Go on where `progress` is; it is kept up to date in place."""
        self.progress = progress
        self._days = LocalDays(zone)
        self._next_close = self._soonest()

    def work(self, frame: ObservationFrame) -> Iterator[Closing]:
        """Take the next entry of the log; gives the files that it closes, the oldest day first at each moment."""
        for observation in frame.observations:
            if observation.published_at >= self.progress.late_until:
                yield from self._close_late(observation.published_at, frame.registry)
            self._gather(observation)
            if observation.observed_at > self.progress.watermark:
                self.progress.watermark = observation.observed_at
                if observation.observed_at >= self._next_close:
                    yield from self._close_due(frame.registry)
            self.progress.through = observation.published_at

    def _gather(self, o: Observation) -> None:
        day = self._days.of(o.observed_at)
        gathering = self.progress.days.get(day.name)
        if gathering is None:
            late = day.end + GRACE <= self.progress.watermark
            gathering = Gathering(day.start, day.end, late, o.published_at, {})
            self.progress.days[day.name] = gathering
            if not late:
                self._next_close = min(self._next_close, day.end + GRACE)
        gathering.last = o.published_at
        of_site = gathering.counts.setdefault(o.datastream.site, {})
        of_site[o.datastream.sensor] = of_site.get(o.datastream.sensor, 0) + 1

    def _close_late(self, now: int, registry: str) -> Iterator[Closing]:
        self.progress.late_until = self._days.of(now).end
        yield from self._close([name for name, day in self.progress.days.items() if day.late], registry)

    def _close_due(self, registry: str) -> Iterator[Closing]:
        on_time = ((name, day) for name, day in self.progress.days.items() if not day.late)
        due = [name for name, day in on_time if day.end + GRACE <= self.progress.watermark]
        yield from self._close(due, registry)
        self._next_close = self._soonest()

    def _close(self, names: list[str], registry: str) -> Iterator[Closing]:
        for name in sorted(names):
            closed = self.progress.days.pop(name)
            counts = {(site, sensor): n for site, some in closed.counts.items() for sensor, n in some.items()}
            yield Closing(Day(name, closed.start, closed.end), closed.last, closed.late, counts, registry)

    def _soonest(self) -> int:
        ends = (day.end + GRACE for day in self.progress.days.values() if not day.late)
        return min(ends, default=2**63 - 1)
