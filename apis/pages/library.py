"""Gives the pages of every dataset in any form, and what else is made from the published log its common ground."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial

from apis.instants import EARLIEST, LATEST
from apis.pages.closed import ClosedPages
from apis.pages.content import ContentReader
from apis.pages.cutting import Page, whole_window_from
from apis.pages.finder import Finder
from apis.pages.forms import Variant, write_rdf
from apis.pages.freshness import LOOKED_AT
from apis.pages.html_page import html_page
from apis.pages.index import PageIndex
from apis.pages.quads import page_quads
from apis.pages.registries import Registries
from apis.pages.shelf import Answer, Found, Shelf
from apis.readers import Readers
from stadspuls.clock import HOUR, SECOND, now_us, parse_rfc3339, rfc3339
from stadspuls.errors import UnknownPage
from stadspuls.registry import Dataset, Registry
from stadspuls.settings import Settings
from store import StoreReader

SWEEP_SECONDS = HOUR // SECOND


class Library:
    """The pages of every dataset, for one API process.

    Attributes:
        contents: reads what pages hold.
        closed: where closed documents are kept.
    """

    def __init__(self, settings: Settings, registry: Registry, readers: Readers) -> None:
        self._readers = readers
        self._registries = Registries(settings, registry)
        self._index = PageIndex()
        self.contents = ContentReader(settings.base_url, self._registries)
        self.closed = ClosedPages(settings.data_dir / "pages", settings.base_url)
        self._pages = Shelf(self.closed, readers, registry.version, write_rdf)

    def take_up(self, registry: Registry) -> None:
        """Go on with another registry."""
        self._registries.present = registry
        self._pages.take_up(registry.version)

    async def newest(self, dataset: Dataset) -> int:
        """The start of the newest page.

        Raises:
            UnknownPage: nothing was published yet.
            Unavailable: the store does not answer.
        """
        page = await self._readers.ask(lambda reader: self.look(reader, dataset).newest())
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
        start = start_of(name)
        if start is None or start < self.oldest(dataset):
            raise _unknown(dataset, name)
        return await self._pages.answer(dataset.name, start, variant, lambda reader: self._find(reader, dataset, start))

    def look(self, reader: StoreReader, dataset: Dataset) -> Finder:
        """A look at the pages of a dataset, as the store has them now."""
        return Finder(reader, self._index, dataset.name, self.oldest(dataset))

    def oldest(self, dataset: Dataset) -> int:
        """Windows before this instant are not published any more, wholly or in part."""
        return 0 if dataset.retention is None else whole_window_from(now_us() - dataset.retention)

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

    def _find(self, reader: StoreReader, dataset: Dataset, start: int) -> Found:
        finder = self.look(reader, dataset)
        page = finder.at(start)
        if page is None:
            raise _unknown(dataset, rfc3339(start))
        following = finder.after(page)
        read = partial(self.contents.read, finder, page, following, dataset)
        return Found(
            closed=following is not None,
            version=f"{page.last:x}",
            newest=partial(finder.log.newest, page.last, LOOKED_AT),
            quads=lambda: page_quads(read()),
            html=lambda language: html_page(read(), language),
        )

    def _known_by(self, reader: StoreReader, dataset: Dataset, instant: int) -> Page | None:
        finder = self.look(reader, dataset)
        known = [o for o in reader.latest(dataset.name, before=instant + 1) if o.published_at <= finder.through]
        newest = max(known, key=lambda o: (o.observed_at, o.published_at), default=None)
        return None if newest is None else finder.holding(newest.published_at)

    async def _sweep(self) -> None:
        while True:
            for dataset in self._registries.present.datasets.values():
                if dataset.retention is not None:
                    await asyncio.to_thread(self.closed.forget, dataset.name, self.oldest(dataset))
            await asyncio.sleep(SWEEP_SECONDS)


def start_of(name: str) -> int | None:
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
