"""Finds the pages of one dataset: the newest, one by its name, the ones before and after it."""

from typing import NamedTuple

from apis.pages.cutting import Page, window_of
from apis.pages.index import LogReading, PageIndex
from store import StoreReader


class Following(NamedTuple):
    """What makes a page closed: the first observation of a later page."""

    start: int
    """Of the later page."""
    registry: str
    """Version of the registry under which that observation was published: the one in force at closing."""


class Finder:
    """One look at the pages of a dataset, of what was in the store when it began."""

    def __init__(self, reader: StoreReader, index: PageIndex, dataset: str, oldest: int = 0) -> None:
        """Look at windows from `oldest` on; those before it are past their retention."""
        self._reader = reader
        self._index = index
        self._dataset = dataset
        self._oldest = oldest
        self.log = LogReading(reader, dataset)
        """The dataset's published order."""
        self.through = reader.stored_through().get(dataset, -1)
        """The published log is in the store up to this instant."""

    def newest(self) -> Page | None:
        """The page of the newest observation; None when nothing was published."""
        return self.holding(self.through)

    def at(self, start: int) -> Page | None:
        """The page that begins exactly there."""
        return next((page for page in self.in_window(window_of(start)) if page.start == start), None)

    def holding(self, published_at: int) -> Page | None:
        """The page that holds an observation, by its instant of publication."""
        pages = self.in_window(window_of(published_at))
        return next((page for page in pages if page.start <= published_at < page.end), None)

    def before(self, page: Page) -> Page | None:
        """The page before; None for the first, or when the one before is past its retention."""
        entry = self.log.last_before(page.start)
        if entry is None:
            return None
        last = entry.last_published_at
        if last >= page.start:
            last = max(instant for instant in self.log.instants(entry) if instant < page.start)
        return self.holding(last)

    def after(self, page: Page) -> Following | None:
        """What closes the page; None while it is open, which is until the store has reached a later page."""
        if self.through < page.end:
            return None
        entry = self.log.reaching(page.end) or self.log.first_from(page.end, self.through + 1)
        if entry is None:
            return None
        frame = self.log.frame(entry)
        first = next(o.published_at for o in frame.observations if o.published_at >= page.end)
        following = self.holding(first)
        return None if following is None else Following(following.start, frame.registry)

    def published_from(self, instant: int) -> int | None:
        """The first instant of publication at or behind an instant; None while nothing is stored there."""
        if self.through < instant:
            return None
        reaching = self.log.reaching(instant)
        if reaching is not None:
            return min(each for each in self.log.instants(reaching) if each >= instant)
        entry = self.log.first_from(instant, self.through + 1)
        return None if entry is None else entry.published_at

    def in_window(self, window: int) -> tuple[Page, ...]:
        """The pages of a window, in their order."""
        if window < self._oldest or window > self.through:
            return ()
        return self._index.pages(self._reader, self._dataset, window, self.through)
