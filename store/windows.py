"""Windowed results of observations: a sweep over them in the order of time, one window after the other.

- A periodic value counts as often as any other of its series; one with a `period` stands at its period's start.
- An on-change value is known from its `observed_at` until the next observation of its series, for at most `max_age`,
  and never beyond `now`; it weighs as long as it is known. So a window begins with what was known before it.
- Only values of good quality count. A suspect value, or a count while not every part has reported, ends what was
  known before it and is itself in no result: neither in mean, min, max nor count; it shows as missing coverage.
- Text is only counted.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Literal, NamedTuple

import msgspec

from stadspuls.model import Datastream, Observation, Origin, Quality
from store.grid import Grid


class SeriesRule(NamedTuple):
    """What the registry says of a sensor's series, as windows need it (instants and durations in microseconds)."""

    sampling: Literal["periodic", "on-change"]
    max_age: int
    period: int | None = None

    @property
    def shift(self) -> int:
        """How long before its `observed_at` a value has its place in time."""
        return (self.period or 0) if self.sampling == "periodic" else 0


Rules = Callable[[str, str], SeriesRule]
"""The rule of a sensor and a property."""


class WindowPosition(NamedTuple):
    """A place among the windows of a dataset, in their order."""

    start: int
    sensor: str
    observed_property: str


class Window(msgspec.Struct, frozen=True):
    """What one series was in one window; booleans are the share of true, 0 to 1.

    `count` is the number of observations in the window, which is 0 when a value from before it was still known.
    `coverage` is the known share of the window: by time for on-change properties, count x period for periodic ones,
    None for text and where no period is declared. Of different origins the least real one is named.
    """

    site: str
    sensor: str
    observed_property: str
    unit: str
    origin: Origin
    start: int
    end: int
    mean: float | None
    min: float | None
    max: float | None
    count: int
    coverage: float | None

    @property
    def position(self) -> WindowPosition:
        """The window's place in the order."""
        return WindowPosition(self.start, self.sensor, self.observed_property)


_LEAST_REAL_FIRST = (Origin.SIMULATED, Origin.REPLAYED, Origin.MEASURED)


class _Series:
    """One series on its way through the windows: what is known of it, and the sums of the present window."""

    def __init__(self, stream: Datastream, rule: SeriesRule) -> None:
        self.stream = stream
        self.rule = rule
        self.shift = rule.shift
        self._on_change = rule.sampling == "on-change"
        self._value: float | None = None
        self._since = 0
        self._until = 0
        self._start_sums()

    def _start_sums(self) -> None:
        self._origins: set[Origin] = set()
        self._count = 0
        self._sum = 0.0
        self._weight = 0
        self._min = float("inf")
        self._max = float("-inf")

    def know(self, observation: Observation, now: int | None) -> None:
        """Take over what an observation of an on-change property makes known."""
        self._belong(observation.datastream)
        self._value = None
        if observation.quality is Quality.GOOD and not isinstance(observation.value, str):
            self._value = float(observation.value)
            self._since = observation.observed_at
            self._until = self._since + self.rule.max_age
            if now is not None:
                self._until = min(self._until, now)

    def observe(self, observation: Observation, now: int | None) -> None:
        """Take an observation of the present window."""
        if self._on_change:
            self._hold(observation.observed_at)
            self.know(observation, now)
        else:
            self._belong(observation.datastream)
        if observation.quality is not Quality.GOOD:
            return
        self._count += 1
        self._origins.add(observation.datastream.origin)
        if not isinstance(observation.value, str):
            self._stretch(float(observation.value))
            if not self._on_change:
                self._sum += observation.value
                self._weight += 1

    def close(self, start: int, end: int) -> Window | None:
        """The result of the window, when there is one; begins the next."""
        self._hold(end)
        result = self._window(start, end) if self._count or self._weight else None
        self._start_sums()
        return result

    def known_at(self, instant: int) -> bool:
        """Whether a value from before is known at an instant."""
        return self._value is not None and self._until > instant

    def begin(self, start: int) -> None:
        """What is known counts from the start of the first window only."""
        self._since = max(self._since, start)

    def _belong(self, stream: Datastream) -> None:
        # Values of another place or unit cannot be averaged with these: the newest win.
        if (stream.site, stream.unit) != (self.stream.site, self.stream.unit):
            self._start_sums()
        self.stream = stream

    def _hold(self, until: int) -> None:
        # The known value has lasted until now.
        lasted = min(until, self._until) - self._since
        if self._value is not None and lasted > 0:
            self._origins.add(self.stream.origin)
            self._stretch(self._value)
            self._sum += self._value * lasted
            self._weight += lasted
        self._since = until

    def _stretch(self, value: float) -> None:
        self._min = min(self._min, value)
        self._max = max(self._max, value)

    def _window(self, start: int, end: int) -> Window:
        stream, numeric = self.stream, self._min <= self._max
        # Rounding must not put a mean outside of its values.
        mean = min(max(self._sum / self._weight, self._min), self._max) if self._weight else None
        return Window(
            site=stream.site,
            sensor=stream.sensor,
            observed_property=stream.observed_property,
            unit=stream.unit,
            origin=next(origin for origin in _LEAST_REAL_FIRST if origin in self._origins),
            start=start,
            end=end,
            mean=mean,
            min=self._min if numeric else None,
            max=self._max if numeric else None,
            count=self._count,
            coverage=self._coverage(end - start) if numeric else None,
        )

    def _coverage(self, length: int) -> float | None:
        if self._on_change:
            return self._weight / length
        return min(1.0, self._count * self.rule.period / length) if self.rule.period else None


class Closed(NamedTuple):
    """A window that the sweep has left behind."""

    windows: list[Window]
    """Of every series with a result, ordered by (sensor, property)."""
    following: int
    """The start of the window after it (of the next one that can have results)."""


class Sweep:
    """Goes through the windows of a grid, from `start` or the first observation, to the one `end` falls in or before.

    `now`: what is known after this instant is not counted yet.
    """

    def __init__(self, grid: Grid, rules: Rules, start: int | None, end: int | None, now: int | None) -> None:
        self._grid = grid
        self._rules = rules
        self._last = end
        self._now = now
        self._series: dict[tuple[str, str], _Series] = {}
        # Those with something in the present window, or known from before it.
        self._active: dict[tuple[str, str], _Series] = {}
        self._start = self._end = 0
        self._begun = False
        if start is not None:
            self._begin(grid.start_of(start))

    def run(self, known: Iterable[Observation], observations: Iterable[Observation]) -> Iterator[Closed]:
        """Every window that may have results, in order.

        Args:
            known: the newest observation of each on-change series from before the first window.
            observations: from the first window on, ordered by their place in time (`observed_at` less its shift).
        """
        for o in known:
            self._carry(o)
        for o in observations:
            series = self._of(o)
            place = o.observed_at - series.shift
            if not self._begun:
                self._begin(self._grid.start_of(place))
            while place >= self._end and self._wanted():
                yield self._close(place)
            if not self._wanted():
                return
            if place >= self._start:
                series.observe(o, self._now)
                self._active[o.datastream.sensor, o.datastream.observed_property] = series
        while self._active and self._wanted():
            yield self._close(None)

    def _wanted(self) -> bool:
        return self._last is None or self._start < self._last

    def _begin(self, start: int) -> None:
        self._start, self._end, self._begun = start, self._grid.end_of(start), True

    def _of(self, o: Observation) -> _Series:
        stream = o.datastream
        key = stream.sensor, stream.observed_property
        series = self._series.get(key)
        if series is None:
            series = self._series[key] = _Series(stream, self._rules(*key))
        return series

    def _carry(self, o: Observation) -> None:
        series = self._of(o)
        if series.rule.sampling == "on-change":
            series.know(o, self._now)
            series.begin(self._start)
            if series.known_at(self._start):
                self._active[o.datastream.sensor, o.datastream.observed_property] = series

    def _close(self, place: int | None) -> Closed:
        start, end = self._start, self._end
        results = (series.close(start, end) for _, series in sorted(self._active.items()))
        windows = [window for window in results if window]
        self._active = {key: series for key, series in self._active.items() if series.known_at(end)}
        # Where nothing is known, the windows until the next observation have no results.
        self._begin(end if self._active or place is None else self._grid.start_of(place))
        return Closed(windows, self._start)
