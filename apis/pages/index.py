"""Which pages a dataset has, found in the store's published order and remembered for windows that are over."""

from collections import OrderedDict, defaultdict
from collections.abc import Iterator
from threading import Lock
from typing import NamedTuple

from apis.pages.cutting import Cutter, Page, window_of
from stadspuls.log import ObservationFrame
from stadspuls.model import Observation
from store import LogSpan, StoreReader

REMEMBERED_WINDOWS = 4096
"""Windows that are over whose pages are kept in memory: two weeks of thirty datasets."""
SPANS_AT_ONCE = 10_000
ENTRIES_AT_ONCE = 500


class _Growing(NamedTuple):
    """The window that still grows: what was cut so far, and up to where the log was read for it."""

    cutter: Cutter
    through: int


class PageIndex:
    """Pages by window; shared by the threads that ask the store."""

    def __init__(self) -> None:
        self._over: OrderedDict[tuple[str, int], tuple[Page, ...]] = OrderedDict()
        self._growing: dict[str, _Growing] = {}
        self._locks: defaultdict[str, Lock] = defaultdict(Lock)

    def pages(self, reader: StoreReader, dataset: str, window: int, through: int) -> tuple[Page, ...]:
        """The pages of a window in their order, of what was published up to `through`.

        That is `stored_through`: beyond it the store may hold some entries and lack others before them.
        """
        with self._locks[dataset]:
            key = (dataset, window)
            known = self._over.get(key)
            if known is not None:
                self._over.move_to_end(key)
                return known
            growing = self._grow(reader, dataset, window, through)
            pages = growing.cutter.pages()
            if growing.through >= growing.cutter.end:
                self._keep(key, pages)
            elif window == window_of(growing.through):
                self._growing[dataset] = growing
            return pages

    def _grow(self, reader: StoreReader, dataset: str, window: int, through: int) -> _Growing:
        reading = LogReading(reader, dataset)
        growing = self._growing.get(dataset)
        if growing is None or growing.cutter.window != window:
            growing = _Growing(Cutter(window), window - 1)
            reaching = reading.reaching(window)
            if reaching is not None:
                growing.cutter.add(reaching, reading.instants)
        if through <= growing.through:
            return growing
        for span in reading.spans(growing.through + 1, min(through + 1, growing.cutter.end)):
            growing.cutter.add(span, reading.instants)
        return _Growing(growing.cutter, through)

    def _keep(self, key: tuple[str, int], pages: tuple[Page, ...]) -> None:
        self._over[key] = pages
        if len(self._over) > REMEMBERED_WINDOWS:
            self._over.popitem(last=False)


class LogReading:
    """Reads the published order of one dataset."""

    def __init__(self, reader: StoreReader, dataset: str) -> None:
        self._reader = reader
        self._dataset = dataset

    def spans(self, start: int, end: int) -> Iterator[LogSpan]:
        """Where the entries lie that begin in [start, end)."""
        while some := self._reader.log_index(self._dataset, start, end, SPANS_AT_ONCE):
            yield from some
            start = some[-1].published_at + 1

    def instants(self, span: LogSpan) -> list[int]:
        """Every `published_at` in an entry."""
        return [observation.published_at for observation in self.frame(span).observations]

    def frame(self, span: LogSpan) -> ObservationFrame:
        """The entry itself."""
        (entry,) = self._reader.log(self._dataset, span.published_at, span.published_at + 1, 1)
        return entry.frame

    def reaching(self, instant: int) -> LogSpan | None:
        """The entry that begins before an instant and goes on at or behind it, if there is one."""
        before = self.last_before(instant)
        return before if before is not None and before.last_published_at >= instant else None

    def last_before(self, instant: int) -> LogSpan | None:
        """The last entry that begins before an instant."""
        # Nothing lies before 1970, and a store may refuse a range that is empty.
        found = self.newest(instant - 1, 1) if instant > 0 else []
        return found[0] if found else None

    def newest(self, published_at: int, count: int) -> list[LogSpan]:
        """The last entries that begin at or before an instant, newest first."""
        return self._reader.log_index(self._dataset, 0, published_at + 1, count, newest_first=True)

    def first_from(self, instant: int, end: int) -> LogSpan | None:
        """The first entry that begins in [instant, end)."""
        found = self._reader.log_index(self._dataset, instant, end, 1)
        return found[0] if found else None

    def observations(self, first: int, last: int) -> list[Observation]:
        """What was published from `first` to `last`, both included, in its order."""
        reaching = self.reaching(first)
        start = first if reaching is None else reaching.published_at
        found: list[Observation] = []
        while some := self._reader.log(self._dataset, start, last + 1, ENTRIES_AT_ONCE):
            found += (o for entry in some for o in entry.frame.observations if first <= o.published_at <= last)
            start = some[-1].published_at + 1
        return found
