"""Windowed results from any store: what to read, in which order, and where a page ends."""

import heapq
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from stadspuls.model import Observation
from store.grid import Grid
from store.protocol import HistoryQuery, Position, StoreReader
from store.windows import Rules, Sweep, Window, WindowPosition

MOST_READ = 200_000
"""Observations after which a page ends at the next window's start: about a second of work."""

READ_AT_ONCE = 5_000


@dataclass(frozen=True, kw_only=True)
class WindowQuery:
    """Windows of one dataset, ordered by (start, sensor, observed_property).

    Asked for are the whole windows that hold a moment of `start` (included) to `end` (not). `every` is one of
    `store.grid.EVERY`, `zone` the city's. `after` goes on behind a position. `now`, the present instant, keeps a value
    from counting as known in the future; None for a past that is over. `limit` is the most windows to return.
    """

    dataset: str
    every: str
    zone: ZoneInfo
    start: int | None = None
    end: int | None = None
    sites: frozenset[str] | None = None
    sensors: frozenset[str] | None = None
    properties: frozenset[str] | None = None
    after: WindowPosition | None = None
    now: int | None = None
    limit: int = 1000


class WindowPage(NamedTuple):
    """Windows, and the position behind which the next page goes on; None when there is no more.

    A page may be short, even empty, and still have a next one: the work of a page is bounded.
    """

    windows: list[Window]
    after: WindowPosition | None


def read_windows(reader: StoreReader, query: WindowQuery, rules: Rules, most_read: int = MOST_READ) -> WindowPage:
    """One page of windowed results.

    Args:
        reader: any store.
        query: what is asked for.
        rules: how the values of a sensor and a property are to be taken.
        most_read: observations after which the page ends, at the start of a window.

    Raises:
        ValueError: when `query.every` is no window's duration.
        StoreError: when the store does not answer.
    """
    grid = Grid(query.every, query.zone)
    rules = cache(rules)
    source = _Source(reader, query, rules, grid)
    sweep = Sweep(grid, rules, source.start, query.end, query.now)
    windows: list[Window] = []
    for closed in sweep.run(source.known(), source.observations()):
        windows.extend(w for w in closed.windows if query.after is None or w.position > query.after)
        if len(windows) > query.limit:
            windows = windows[: query.limit]
            return WindowPage(windows, windows[-1].position)
        if source.read >= most_read and (query.end is None or closed.following < query.end):
            return WindowPage(windows, WindowPosition(closed.following, "", ""))
    return WindowPage(windows, None)


class _Source:
    """Reads what the windows of a query need, and counts it."""

    def __init__(self, reader: StoreReader, query: WindowQuery, rules: Rules, grid: Grid) -> None:
        self._reader = reader
        self._query = query
        self._rules = rules
        self.read = 0
        self.start = query.start
        if query.after is not None:
            self.start = query.after.start
        elif query.start is not None:
            self.start = grid.start_of(query.start)
        self._end = None if query.end is None else grid.end_of(grid.start_of(query.end - 1))

    def known(self) -> list[Observation]:
        """The newest observation of every series from before the first window."""
        return [] if self.start is None else self._latest(self.start)

    def observations(self) -> Iterator[Observation]:
        """Everything from the first window on, ordered by its place in time."""
        # Series whose values stand at their period's start are read that much later, each kind in its own order.
        sensors: dict[int, set[str]] = defaultdict(set)
        for o in self._latest(None):
            sensors[self._shift(o)].add(o.datastream.sensor)
        if len(sensors) == 1:
            return self._shifted(next(iter(sensors)), self._query.sensors, alone=True)
        kinds = (self._shifted(shift, frozenset(names)) for shift, names in sensors.items())
        return heapq.merge(*kinds, key=lambda o: o.observed_at - self._shift(o))

    def _latest(self, before: int | None) -> list[Observation]:
        q = self._query
        return self._reader.latest(q.dataset, before=before, sites=q.sites, sensors=q.sensors, properties=q.properties)

    def _shift(self, o: Observation) -> int:
        return self._rules(o.datastream.sensor, o.datastream.observed_property).shift

    def _shifted(self, shift: int, sensors: frozenset[str] | None, *, alone: bool = False) -> Iterator[Observation]:
        after: Position | None = None
        while page := self._reader.history(self._page(shift, sensors, after)):
            self.read += len(page)
            yield from page if alone else (o for o in page if self._shift(o) == shift)
            if len(page) < READ_AT_ONCE:
                return
            identity = page[-1].identity
            after = Position(identity.observed_at, identity.sensor, identity.observed_property)

    def _page(self, shift: int, sensors: frozenset[str] | None, after: Position | None) -> HistoryQuery:
        q = self._query
        return HistoryQuery(
            dataset=q.dataset,
            start=None if self.start is None else self.start + shift,
            end=None if self._end is None else self._end + shift,
            sites=q.sites,
            sensors=sensors,
            properties=q.properties,
            after=after,
            limit=READ_AT_ONCE,
        )
