"""Where pages begin and end: a function of the published log alone.

A page covers a UTC-aligned window of `published_at`, cut earlier when it is full. Its name is its exact start: that of
its window for the first page in it, the `published_at` of its first observation for the others.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from stadspuls.clock import HOUR
from store import LogSpan

WINDOW = 3 * HOUR
MOST = 10_000
"""Observations in a page."""

Instants = Callable[[LogSpan], Sequence[int]]
"""Every `published_at` in an entry of the log, in order; it costs reading the entry."""


class Page(NamedTuple):
    """Where a page lies in the published log of its dataset; instants are of publication."""

    start: int
    end: int
    """Of its window, or the start of the next page in it: not part of the page."""
    last: int
    """Of its newest observation."""
    observations: int


def window_of(instant: int) -> int:
    """The start of the window that an instant lies in."""
    return instant - instant % WINDOW


def whole_window_from(instant: int) -> int:
    """The start of the first window that lies at or behind an instant with all of it."""
    return window_of(instant + WINDOW - 1)


class Cutter:
    """Cuts one window into pages as the entries of the log come by, in their order."""

    def __init__(self, window: int) -> None:
        self.window = window
        self._starts: list[int] = []
        self._lasts: list[int] = []
        self._counts: list[int] = []

    @property
    def end(self) -> int:
        """Where the next window begins."""
        return self.window + WINDOW

    def add(self, span: LogSpan, instants: Instants) -> None:
        """Take the next entry; it is only read where a page or the window ends inside it."""
        inside = self.window <= span.published_at and span.last_published_at < self.end
        if inside and span.observations <= self._room:
            self._extend(span.published_at, span.last_published_at, span.observations)
            return
        left = [instant for instant in instants(span) if self.window <= instant < self.end]
        while left:
            some, left = left[: self._room], left[self._room :]
            self._extend(some[0], some[-1], len(some))

    def pages(self) -> tuple[Page, ...]:
        """The pages so far, in their order; entries still to come may extend the last one, and add others."""
        ends = [*self._starts[1:], self.end]
        return tuple(map(Page, self._starts, ends, self._lasts, self._counts))

    @property
    def _room(self) -> int:
        """How many more observations go into one page: the last, or a new one when that is full."""
        return MOST - self._counts[-1] % MOST if self._counts else MOST

    def _extend(self, first: int, last: int, count: int) -> None:
        if not self._counts or self._counts[-1] == MOST:
            self._starts.append(first if self._starts else self.window)
            self._lasts.append(last)
            self._counts.append(0)
        self._lasts[-1] = last
        self._counts[-1] += count
