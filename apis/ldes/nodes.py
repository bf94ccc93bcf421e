"""Which nodes an event stream has: days with what was published in them (UTC), and the pages of a day.

A closed day goes as a whole, once the first of its windows is past retention: a node that never changes leads nowhere
that is gone.
"""

from collections import defaultdict
from threading import Lock
from typing import NamedTuple

from apis.pages.cutting import WINDOW, Page
from apis.pages.finder import Finder, Following
from stadspuls.clock import DAY, rfc3339

DATE = len("2026-01-05")


class Day(NamedTuple):
    """A day with its pages; `following` is what closed the last of them, None while it is open."""

    start: int
    pages: tuple[Page, ...]
    following: Following | None

    @property
    def end(self) -> int:
        """Where the next day begins."""
        return self.start + DAY

    @property
    def is_open(self) -> bool:
        """Whether something may still be published in it."""
        return self.following is None

    @property
    def version(self) -> str:
        """Another one when a page was added, or one is past its retention."""
        return f"{self.pages[0].start:x}-{self.pages[-1].start:x}"


def day_of(instant: int) -> int:
    """The start of the day (UTC) that an instant lies in."""
    return instant - instant % DAY


def day_name(start: int) -> str:
    """A day's name: its date."""
    return rfc3339(start)[:DATE]


def look_at_day(finder: Finder, start: int) -> Day | None:
    """The day that begins there; None when nothing was published in it, or nothing is left."""
    pages = tuple(page for window in range(start, start + DAY, WINDOW) for page in finder.in_window(window))
    if not pages:
        return None
    return Day(start, pages, finder.after(pages[-1]))


class DayIndex:
    """Days by dataset, in which something was published; shared by the threads that ask the store."""

    def __init__(self) -> None:
        self._known: defaultdict[str, list[int]] = defaultdict(list)
        self._locks: defaultdict[str, Lock] = defaultdict(Lock)

    def days(self, finder: Finder, dataset: str, oldest: int) -> list[int]:
        """Starts of the days from `oldest` on, in their order; the open one also when it began before."""
        with self._locks[dataset]:
            known = self._known[dataset]
            start = known[-1] + DAY if known else day_of(oldest)
            while (found := finder.published_from(start)) is not None:
                known.append(day_of(found))
                start = known[-1] + DAY
            return [day for day in known if day >= oldest or day == known[-1]]
