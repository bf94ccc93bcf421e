"""Documents made from the published log: closed ones from where they are kept, open ones made anew when they grew."""

import asyncio
import gzip
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from pyoxigraph import Quad

from apis.negotiation import Format
from apis.pages.closed import ClosedPages, Kept, Key
from apis.pages.forms import CANONICAL, Variant
from apis.pages.freshness import seconds_left
from apis.portal.languages import LANGUAGES
from apis.rdf.forms import read_quads
from apis.readers import Readers
from stadspuls.clock import now_us
from store import LogSpan, StoreReader

LOCKS = 64
"""Documents that may be in the making at once; two that share a lock wait for each other."""
OPEN_LEVEL = 4
"""gzip: an open document is written anew whenever it has grown."""
KEEP_SECONDS = 1.0
"""An open document is looked up and written at most this often, however many ask."""


@dataclass(frozen=True)
class Answer:
    """A document in one form. `body` is compressed; `max_age` is None for a closed one, which never changes."""

    body: bytes
    tag: str
    max_age: int | None


@dataclass(frozen=True, kw_only=True)
class Found:
    """A document as the store has it now."""

    closed: bool
    version: str
    """Of an open document: another one when it has changed."""
    newest: Callable[[], Sequence[LogSpan]]
    """The last entries of the dataset's log, newest first, which tell when the next is due."""
    quads: Callable[[], Sequence[Quad]]
    html: Callable[[str], bytes]
    """For people, in a language."""


@dataclass(frozen=True)
class _Open:
    """An open document as it was written last; when it was looked up and is due to change (monotonic seconds)."""

    start: int
    body: bytes
    tag: str
    looked: float
    due: float


class Shelf:
    """One kind of document of every dataset, for one API process; `kind` tells its files from those of others."""

    def __init__(
        self,
        closed: ClosedPages,
        readers: Readers,
        registry_version: str,
        write: Callable[[Variant, Sequence[Quad]], bytes],
        kind: str = "",
    ) -> None:
        """`write` makes a form of RDF."""
        self._closed = closed
        self._readers = readers
        self._version = registry_version
        self._write = write
        self._kind = kind
        self._open: dict[tuple[str, str], _Open] = {}
        self._locks = [asyncio.Lock() for _ in range(LOCKS)]

    def take_up(self, registry_version: str) -> None:
        """Write open documents anew: another registry describes them."""
        self._version = registry_version
        self._open.clear()

    async def answer(
        self, dataset: str, start: int, variant: Variant, find: Callable[[StoreReader], Found], oldest: int = 0
    ) -> Answer:
        """The document of a dataset that begins at `start`; `find` looks it up where it is not at hand.

        What is kept counts only from `oldest` on: `find` decides whether an earlier one is still there.

        Raises:
            Unavailable: the store must be asked and does not answer; and what `find` raises.
        """
        key = self._key(dataset, start, variant)
        kept = start >= oldest
        found = self._at_hand(key, kept)
        if found is None:
            async with self._locks[hash(key) % LOCKS]:
                found = self._at_hand(key, kept) or await self._fetch(key, variant, find, kept)
        if isinstance(found, Kept):
            return Answer(found.body, found.tag, None)
        return Answer(found.body, found.tag, max(1, int(found.due - time.monotonic())))

    def _key(self, dataset: str, start: int, variant: Variant) -> Key:
        return Key(dataset, start, f"{self._kind}.{variant.name}" if self._kind else variant.name)

    def _at_hand(self, key: Key, kept: bool) -> "Kept | _Open | None":
        if kept and (closed := self._closed.in_memory(key)) is not None:
            return closed
        held = self._open.get((key.dataset, key.variant))
        if held is not None and held.start == key.start and time.monotonic() - held.looked < KEEP_SECONDS:
            return held
        return None

    async def _fetch(
        self, key: Key, variant: Variant, find: Callable[[StoreReader], Found], kept: bool
    ) -> "Kept | _Open":
        """From disk, else from the store."""
        if kept and (closed := await asyncio.to_thread(self._from_disk, key, variant)) is not None:
            return closed
        version = self._version
        made = await self._readers.ask(partial(self._make, key, variant, find, version))
        if isinstance(made, _Open) and version == self._version:
            self._open[key.dataset, key.variant] = made
        return made

    def _from_disk(self, key: Key, variant: Variant) -> Kept | None:
        kept = self._closed.load(key)
        if kept is not None or variant.form is Format.HTML:
            return kept
        canonical = self._closed.load(self._key(key.dataset, key.start, CANONICAL))
        return None if canonical is None else self._derive(key, variant, canonical)

    def _derive(self, key: Key, variant: Variant, canonical: Kept) -> Kept:
        """A form of RDF from the one that was written first."""
        if variant == CANONICAL:
            return canonical
        quads = read_quads(CANONICAL.form, gzip.decompress(canonical.body))
        return self._closed.keep(key, self._write(variant, quads))

    def _make(
        self, key: Key, variant: Variant, find: Callable[[StoreReader], Found], version: str, reader: StoreReader
    ) -> "Kept | _Open":
        found = find(reader)
        if not found.closed:
            return self._make_open(key, variant, found, version)
        if variant.form is Format.HTML:
            return self._closed.keep(key, found.html(_language(variant)))
        quads = found.quads()
        written = self._write(CANONICAL, quads)
        canonical = self._closed.keep(self._key(key.dataset, key.start, CANONICAL), written)
        if variant == CANONICAL or gzip.decompress(canonical.body) != written:
            # Another process was first, and what it wrote counts.
            return self._derive(key, variant, canonical)
        return self._closed.keep(key, self._write(variant, quads))

    def _make_open(self, key: Key, variant: Variant, found: Found, version: str) -> _Open:
        looked = time.monotonic()
        due = looked + seconds_left(found.newest(), now_us())
        tag = f'W/"{found.version}-{version}-{key.variant}"'
        held = self._open.get((key.dataset, key.variant))
        if held is not None and (held.start, held.tag) == (key.start, tag):
            return replace(held, looked=looked, due=due)
        html = variant.form is Format.HTML
        written = found.html(_language(variant)) if html else self._write(variant, found.quads())
        return _Open(key.start, gzip.compress(written, OPEN_LEVEL, mtime=0), tag, looked, due)


def _language(variant: Variant) -> str:
    return variant.language or LANGUAGES[0]
