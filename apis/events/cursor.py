"""One subscriber's place in one dataset's published log."""

from collections.abc import Sequence
from dataclasses import dataclass

from apis.events.writing import Wire, Writer
from apis.live import Chunk, Feed
from apis.live.lost import is_told, told_at_start, told_since
from apis.selection import Selection
from stadspuls.clock import SECOND
from stadspuls.model import Observation
from store import StoreReader

MOST_BYTES = 256 * 1024
"""What is sent at once is not much more than this."""
PAGE = 20
"""Entries read from the store at once: some tens of thousands of observations at most."""
LONGEST_ENTRY = SECOND
"""An entry holds observations a microsecond apart; the one that a position lies in began no longer ago."""


@dataclass(frozen=True)
class Page:
    """What was read from the store: written observations, and where to go on."""

    written: bytes
    position: int
    entry: int | None
    """The last entry read; None when that was all the store had."""


class Cursor:
    """Reads one feed from a position on: below memory from the store, then from memory."""

    def __init__(self, feed: Feed, writer: Writer, wire: Wire, selection: Selection, position: int) -> None:
        self.feed = feed
        self.position = position
        self.sent = position
        """Up to here everything has left; behind it, up to `position`, it is being written."""
        self.selection = selection
        self._writer = writer
        self._wire = wire
        self._key = (str(wire), selection.sites, selection.sensors, selection.properties)
        self._entry: int | None = None
        self._has_kept_up = False
        self._rejoins = feed.rejoins
        self._told = told_at_start(feed.lost, position)

    def take(self) -> list[bytes] | None:
        """What memory has behind the position, frame by frame and not too much at once; None: ask the store."""
        self._note_rejoins()
        chunks = self.feed.after(self.position)
        if chunks is None:
            return None
        self._entry = None
        parts = self._written(chunks)
        self._has_kept_up = self._has_kept_up or self.caught_up
        return parts

    def _note_rejoins(self) -> None:
        if not self.feed.lost:
            self._told = ()
        if self._rejoins != self.feed.rejoins:
            self._told += told_since(self.feed.lost, self._rejoins, self.position)
            self._rejoins = self.feed.rejoins
            self._has_kept_up = False

    @property
    def caught_up(self) -> bool:
        """Whether nothing waits in memory."""
        return self.position >= self.feed.newest

    def waiting_since(self) -> int | None:
        """When that was published which waits, if the subscriber had kept up before; else None."""
        if not self._has_kept_up or self._rejoins != self.feed.rejoins:
            return None
        chunks = self.feed.after(self.position)
        if chunks is None:
            return self.position
        return chunks[0].first if chunks else None

    def _written(self, chunks: Sequence[Chunk]) -> list[bytes]:
        parts: list[bytes] = []
        # A frame is a message of its own there: a write that is broken off must not have been half done.
        room = 1 if self._wire is Wire.WEBSOCKET else MOST_BYTES
        for chunk in chunks:
            if room <= 0:
                break
            if written := self._write(chunk):
                parts.append(written)
                room -= len(written)
            self.position = chunk.last
        return parts

    def _write(self, chunk: Chunk) -> bytes:
        if chunk.first > self.position and not chunk.retold:
            return self._writer.chunk(chunk, self._wire, self.selection, self._key)
        return self._writer.part(filter(self._wants, chunk.observations), self._wire)

    def _wants(self, observation: Observation) -> bool:
        return (
            observation.published_at > self.position
            and self.selection.takes(observation)
            and not is_told(observation, self._told)
        )

    @property
    def store_has_more(self) -> bool:
        """Whether the store has something behind the position that is no longer (or not yet) in memory."""
        return self.position < self.feed.reach

    def read(self, reader: StoreReader) -> Page:
        """The next page of what the store has behind the position; called in a thread of the readers."""
        reach = self.feed.reach
        start = self.position - LONGEST_ENTRY if self._entry is None else self._entry + 1
        entries = reader.log(self.feed.dataset.name, start, reach + 1, PAGE)
        wanted = [o for entry in entries for o in entry.frame.observations if self._wants(o)]
        written = self._writer.part(wanted, self._wire)
        if len(entries) < PAGE:
            return Page(written, reach, None)
        last = entries[-1]
        return Page(written, max(self.position, last.frame.observations[-1].published_at), last.published_at)

    def turn(self, page: Page) -> bytes:
        """Go on behind a page; what is to be sent of it."""
        self.position, self._entry = page.position, page.entry
        return page.written
