"""Gives pages in any form: closed ones from where they are kept, open ones made anew when something was published."""

import asyncio
import gzip
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace

from apis.instants import EARLIEST, LATEST
from apis.negotiation import Format
from apis.pages.closed import ClosedPages, Kept, Key
from apis.pages.content import ContentReader
from apis.pages.cutting import Page, whole_window_from
from apis.pages.finder import Finder
from apis.pages.forms import CANONICAL, Variant, write_page, write_rdf
from apis.pages.freshness import LOOKED_AT, seconds_left
from apis.pages.index import PageIndex
from apis.pages.registries import Registries
from apis.rdf.forms import read_quads
from apis.readers import Readers
from stadspuls.clock import HOUR, SECOND, now_us, parse_rfc3339, rfc3339
from stadspuls.errors import UnknownPage
from stadspuls.registry import Dataset, Registry
from stadspuls.settings import Settings
from store import StoreReader

LOCKS = 64
"""Pages that may be in the making at once; two that share a lock wait for each other."""
OPEN_LEVEL = 4
"""gzip: an open page is written anew whenever it has grown."""
KEEP_SECONDS = 1.0
"""An open page is looked up and written at most this often, however many ask."""
SWEEP_SECONDS = HOUR // SECOND


@dataclass(frozen=True)
class Answer:
    """A page in one form. `body` is compressed; `max_age` is None for a closed page, which never changes."""

    body: bytes
    tag: str
    max_age: int | None


@dataclass(frozen=True)
class _Open:
    """An open page as it was written last; when it was looked up and when it is due to change (monotonic seconds)."""

    start: int
    body: bytes
    tag: str
    looked: float
    due: float


class Library:
    """The pages of every dataset, for one API process."""

    def __init__(self, settings: Settings, registry: Registry, readers: Readers) -> None:
        self._registry = registry
        self._readers = readers
        self._registries = Registries(settings, registry)
        self._contents = ContentReader(settings.base_url, self._registries)
        self._index = PageIndex()
        self._closed = ClosedPages(settings.data_dir / "pages", settings.base_url)
        self._open: dict[tuple[str, Variant], _Open] = {}
        self._locks = [asyncio.Lock() for _ in range(LOCKS)]

    async def newest(self, dataset: Dataset) -> int:
        """The start of the newest page.

        Raises:
            UnknownPage: nothing was published yet.
            Unavailable: the store does not answer.
        """
        page = await self._readers.ask(lambda reader: self._look(reader, dataset).newest())
        if page is None:
            raise UnknownPage(f"{dataset.name} has no page yet")
        return page.start

    async def at_time(self, dataset: Dataset, instant: int) -> int:
        """The start of the page in which the newest observation was published that was observed by an instant.

        Raises:
            UnknownPage: nothing was observed by then, or what was is past its retention.
            Unavailable: the store does not answer.
        """
        page = await self._readers.ask(lambda reader: self._known_by(reader, dataset, instant))
        if page is None:
            raise UnknownPage(f"{dataset.name} has nothing that was observed by {rfc3339(instant)}")
        return page.start

    async def page(self, dataset: Dataset, name: str, variant: Variant) -> Answer:
        """A page by its name, which is its exact start.

        Raises:
            UnknownPage: the dataset has no page of that name.
            Unavailable: the store must be asked and does not answer.
        """
        start = _start_of(name)
        if start is None or start < self._oldest(dataset):
            raise _unknown(dataset, name)
        key = Key(dataset.name, start, variant.name)
        found = self._at_hand(key, variant)
        if found is None:
            async with self._locks[hash(key) % LOCKS]:
                found = self._at_hand(key, variant) or await self._fetch(dataset, key, variant)
        if isinstance(found, Kept):
            return Answer(found.body, found.tag, None)
        return Answer(found.body, found.tag, max(1, int(found.due - time.monotonic())))

    @asynccontextmanager
    async def tending(self) -> AsyncIterator[None]:
        """Keep the registry in force, and delete what is past its retention for as long as the block runs."""
        await asyncio.to_thread(self._registries.keep_present)
        task = asyncio.create_task(self._sweep(), name="pages past their retention")
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    def _at_hand(self, key: Key, variant: Variant) -> "Kept | _Open | None":
        kept = self._closed.in_memory(key)
        if kept is not None:
            return kept
        held = self._open.get((key.dataset, variant))
        if held is not None and held.start == key.start and time.monotonic() - held.looked < KEEP_SECONDS:
            return held
        return None

    async def _fetch(self, dataset: Dataset, key: Key, variant: Variant) -> "Kept | _Open":
        """From disk, else from the store."""
        kept = await asyncio.to_thread(self._from_disk, key, variant)
        if kept is not None:
            return kept
        made = await self._readers.ask(lambda reader: self._make(reader, dataset, key, variant))
        if isinstance(made, _Open):
            self._open[key.dataset, variant] = made
        return made

    def _from_disk(self, key: Key, variant: Variant) -> Kept | None:
        kept = self._closed.load(key)
        if kept is not None or variant.form is Format.HTML:
            return kept
        canonical = self._closed.load(key._replace(variant=CANONICAL.name))
        return None if canonical is None else self._derive(key, variant, canonical)

    def _derive(self, key: Key, variant: Variant, canonical: Kept) -> Kept:
        """A form of RDF from the one that was written first."""
        if variant == CANONICAL:
            return canonical
        quads = read_quads(CANONICAL.form, gzip.decompress(canonical.body))
        return self._closed.keep(key, write_rdf(variant, quads))

    def _make(self, reader: StoreReader, dataset: Dataset, key: Key, variant: Variant) -> "Kept | _Open":
        finder = self._look(reader, dataset)
        page = finder.at(key.start)
        if page is None:
            raise _unknown(dataset, rfc3339(key.start))
        following = finder.after(page)
        if following is None:
            return self._make_open(finder, dataset, page, variant)
        content = self._contents.read(finder, page, following, dataset)
        if variant.form is Format.HTML:
            return self._closed.keep(key, write_page(variant, content))
        canonical = self._closed.keep(key._replace(variant=CANONICAL.name), write_page(CANONICAL, content))
        return self._derive(key, variant, canonical)

    def _make_open(self, finder: Finder, dataset: Dataset, page: Page, variant: Variant) -> _Open:
        looked = time.monotonic()
        due = looked + seconds_left(finder.log.newest(page.last, LOOKED_AT), now_us())
        tag = f'W/"{page.last:x}-{self._registry.version}-{variant.name}"'
        held = self._open.get((dataset.name, variant))
        if held is not None and (held.start, held.tag) == (page.start, tag):
            return replace(held, looked=looked, due=due)
        written = write_page(variant, self._contents.read(finder, page, None, dataset))
        return _Open(page.start, gzip.compress(written, OPEN_LEVEL, mtime=0), tag, looked, due)

    def _look(self, reader: StoreReader, dataset: Dataset) -> Finder:
        return Finder(reader, self._index, dataset.name, self._oldest(dataset))

    def _known_by(self, reader: StoreReader, dataset: Dataset, instant: int) -> Page | None:
        finder = self._look(reader, dataset)
        known = [o for o in reader.latest(dataset.name, before=instant + 1) if o.published_at <= finder.through]
        newest = max(known, key=lambda o: (o.observed_at, o.published_at), default=None)
        return None if newest is None else finder.holding(newest.published_at)

    def _oldest(self, dataset: Dataset) -> int:
        """Windows before this instant are not published any more, wholly or in part."""
        return 0 if dataset.retention is None else whole_window_from(now_us() - dataset.retention)

    async def _sweep(self) -> None:
        while True:
            for dataset in self._registry.datasets.values():
                if dataset.retention is not None:
                    await asyncio.to_thread(self._closed.forget, dataset.name, self._oldest(dataset))
            await asyncio.sleep(SWEEP_SECONDS)


def _start_of(name: str) -> int | None:
    """The start that a page's name says; None for what cannot be one."""
    with suppress(ValueError, OverflowError):
        start = parse_rfc3339(name)
        if EARLIEST <= start <= LATEST and rfc3339(start) == name:
            return start
    return None


def _unknown(dataset: Dataset, name: str) -> UnknownPage:
    return UnknownPage(
        f"{dataset.name} has no page {name[:64]!r}; /{dataset.name} leads to the newest, "
        f"/{dataset.name}?time= to the one of an instant"
    )
