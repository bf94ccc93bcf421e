"""Gives the nodes of every dataset's event stream in any form; closed ones are kept beside the closed pages."""

from collections.abc import Sequence
from contextlib import suppress
from functools import partial

from pyoxigraph import Quad

from apis.ldes.html_node import html_day, html_members, html_root
from apis.ldes.nodes import DATE, DayIndex, day_name, look_at_day
from apis.ldes.quads import day_quads, page_quads, root_quads
from apis.pages.forms import Variant
from apis.pages.freshness import LOOKED_AT
from apis.pages.library import Library, start_of
from apis.pages.shelf import Answer, Found, Shelf
from apis.rdf.forms import write_default
from apis.rdf.served import served_context
from apis.readers import Readers
from stadspuls.clock import DAY, parse_rfc3339, rfc3339
from stadspuls.errors import Gone, UnknownPage
from stadspuls.registry import Dataset
from store import StoreReader


class EventStreams:
    """The event streams of one API process."""

    def __init__(self, base_url: str, registry_version: str, library: Library, readers: Readers) -> None:
        self._base_url = base_url
        self._library = library
        self._days = DayIndex()
        new_shelf = partial(Shelf, library.closed, readers, registry_version, self._rdf)
        self._roots, self._day_shelf, self._pages = (new_shelf(f"ldes-{kind}") for kind in ("root", "day", "page"))

    def take_up(self, registry_version: str) -> None:
        """Go on with another registry."""
        for shelf in (self._roots, self._day_shelf, self._pages):
            shelf.take_up(registry_version)

    async def root(self, dataset: Dataset, variant: Variant) -> Answer:
        """The root of a dataset's stream; it is there before anything was published.

        Raises:
            Unavailable: the store must be asked and does not answer.
        """
        return await self._roots.answer(dataset.name, 0, variant, lambda reader: self._find_root(reader, dataset))

    async def node(self, dataset: Dataset, name: str, variant: Variant) -> Answer:
        """A day by its date, or a page by its exact start.

        Raises:
            UnknownPage: the stream has no node of that name.
            Gone: what it had is past its retention.
            Unavailable: the store must be asked and does not answer.
        """
        if (day := _day_of_name(name)) is not None:
            self._refuse_gone(dataset, name, day + DAY - 1)
            find = partial(self._find_day, dataset=dataset, start=day)
            # A closed day goes with its first window, which only a look can tell from an open one.
            return await self._day_shelf.answer(dataset.name, day, variant, find, self._library.oldest(dataset))
        page = start_of(name)
        if page is None:
            raise _unknown(dataset, name)
        self._refuse_gone(dataset, name, page)
        return await self._pages.answer(
            dataset.name, page, variant, partial(self._find_page, dataset=dataset, start=page)
        )

    def _refuse_gone(self, dataset: Dataset, name: str, last: int) -> None:
        """`last` is the last instant of a node whose window is not past its retention."""
        if last < self._library.oldest(dataset):
            raise Gone(f"{name} of the event stream of {dataset.name} is past its retention")

    def _find_root(self, reader: StoreReader, dataset: Dataset) -> Found:
        finder = self._library.look(reader, dataset)
        days = self._days.days(finder, dataset.name, self._library.oldest(dataset))
        last = look_at_day(finder, days[-1]) if days else None
        if last is None:
            # What the newest day had is past its retention.
            days = days[:-1]
        last_is_open = last is not None and last.is_open
        return Found(
            closed=False,
            version=f"{days[0]:x}-{days[-1]:x}-{last_is_open:d}" if days else "empty",
            newest=partial(finder.log.newest, finder.through, LOOKED_AT),
            quads=lambda: root_quads(dataset, self._base_url, days, last_is_open),
            html=partial(html_root, dataset, days),
        )

    def _find_day(self, reader: StoreReader, dataset: Dataset, start: int) -> Found:
        finder = self._library.look(reader, dataset)
        day = look_at_day(finder, start)
        if day is None or not day.is_open:
            self._refuse_gone(dataset, day_name(start), start)
        if day is None:
            raise _unknown(dataset, day_name(start))
        return Found(
            closed=not day.is_open,
            version=day.version,
            newest=partial(finder.log.newest, day.pages[-1].last, LOOKED_AT),
            quads=lambda: day_quads(dataset, self._base_url, day),
            html=partial(html_day, dataset, day),
        )

    def _find_page(self, reader: StoreReader, dataset: Dataset, start: int) -> Found:
        finder = self._library.look(reader, dataset)
        page = finder.at(start)
        if page is None:
            raise _unknown(dataset, rfc3339(start))
        following = finder.after(page)
        read = partial(self._library.contents.read, finder, page, following, dataset)
        return Found(
            closed=following is not None,
            version=f"{page.last:x}",
            newest=partial(finder.log.newest, page.last, LOOKED_AT),
            quads=lambda: page_quads(read()),
            html=lambda language: html_members(read(), language),
        )

    def _rdf(self, variant: Variant, quads: Sequence[Quad]) -> bytes:
        return write_default(variant.form, quads, served_context(self._base_url))


def _day_of_name(name: str) -> int | None:
    """The start of the day that a name says; None for what is no date."""
    with suppress(ValueError, OverflowError):
        if len(name) == DATE and day_name(start := parse_rfc3339(f"{name}T00:00:00Z")) == name:
            return start
    return None


def _unknown(dataset: Dataset, name: str) -> UnknownPage:
    return UnknownPage(f"the event stream of {dataset.name} has no node {name[:64]!r}; /{dataset.name}/ldes leads on")
