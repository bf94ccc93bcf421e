"""One subscriber: its cursors, what waits for it, and how it is told to stop."""

import asyncio
from collections.abc import Callable
from enum import StrEnum
from typing import Protocol

from apis.events.cursor import Cursor
from apis.events.writing import Wire
from apis.live import Feed
from stadspuls.errors import Unavailable

RETRY_SECONDS = 1.0
"""Between two tries to read from a store that does not answer."""


class Kind(StrEnum):
    """The kinds of subscribers, as metrics name them."""

    SSE = "sse"
    AREA = "sse-area"
    WEBSOCKET = "websocket"


WIRES = {Kind.SSE: Wire.SSE, Kind.AREA: Wire.SSE_AREA, Kind.WEBSOCKET: Wire.WEBSOCKET}


class Ending(StrEnum):
    """Why a subscriber is let go."""

    GONE = "gone"
    """It closed the connection."""
    SLOW = "slow"
    """It does not take what it asked for."""
    STOPPING = "stopping"
    """This API process stops."""


class Deadline(Protocol):
    """What `asyncio.timeout` gives."""

    def reschedule(self, when: float | None) -> None:
        """Raise `TimeoutError` in the block at that time of the loop."""
        ...


class Reader:
    """Gives one subscriber what it has not had yet, whenever it asks for more."""

    def __init__(self, kind: Kind, page: "PageReader") -> None:
        self.kind = kind
        self.wire = WIRES[kind]
        self.cursors: dict[Feed, Cursor] = {}
        self.ending: Ending | None = None
        self.sending = False
        """Whether a write has begun that is not done yet."""
        self.writes = 0
        """How many are done; the hub looks at it from time to time, so that no write needs a clock."""
        self._loop = asyncio.get_running_loop()
        self._page = page
        self._pending: dict[Cursor, None] = {}
        self._asides: list[bytes] = []
        self._asides_taken = asyncio.Event()
        self._notices: dict[Feed, Callable[[], bytes]] = {}
        self._wakes: asyncio.Future[None] | None = None
        self._read_last: Cursor | None = None
        self._behind: Cursor | None = None
        self._deadline: Deadline | None = None

    def follow(self, cursor: Cursor) -> None:
        """Read a feed from the cursor's position; instead of how it was read before."""
        before = self.cursors.get(cursor.feed)
        if before is not None and cursor.position == before.position:
            # What is being written may not arrive.
            cursor.sent = before.sent
        self.unfollow(cursor.feed)
        self.cursors[cursor.feed] = cursor
        self.tell(cursor.feed)

    def unfollow(self, feed: Feed) -> None:
        """Read a feed no longer."""
        cursor = self.cursors.pop(feed, None)
        if cursor is not None:
            self._pending.pop(cursor, None)
            self._notices.pop(feed, None)

    def tell(self, feed: Feed) -> None:
        """The feed has something to read."""
        self._pending[self.cursors[feed]] = None
        self._wake()

    def notice(self, feed: Feed, text: Callable[[], bytes]) -> None:
        """Say something of a feed once everything in it is read; nothing when it is then no longer so."""
        self._notices[feed] = text
        self._wake()

    def aside(self, text: bytes) -> None:
        """Say something at once: a reply, a heartbeat."""
        self._asides.append(text)
        self._wake()

    @property
    def asides(self) -> int:
        """How many of them wait."""
        return len(self._asides)

    async def asides_taken(self) -> None:
        """Wait until they are on their way."""
        self._asides_taken.clear()
        await self._asides_taken.wait()

    def oldest_waiting(self) -> int | None:
        """When the oldest was published that waits for this subscriber, once it had caught up; None: it keeps up."""
        waiting = [since for cursor in self._pending if (since := cursor.waiting_since()) is not None]
        return min(waiting, default=None)

    def sent(self) -> None:
        """A write is done."""
        self.sending = False
        self.writes += 1
        if self._read_last is not None:
            self._read_last.sent = self._read_last.position

    def places(self) -> dict[str, int]:
        """By dataset: up to where everything was written. A write that was broken off does not count."""
        return {cursor.feed.dataset.name: cursor.sent for cursor in self.cursors.values()}

    def guard(self, deadline: Deadline) -> None:
        """What ends a write that does not end by itself."""
        self._deadline = deadline

    def stop(self, ending: Ending) -> None:
        """Let the subscriber go; also in the middle of a write when it is slow."""
        if self.ending is None:
            self.ending = ending
            if ending is Ending.SLOW and self.sending and self._deadline is not None:
                self._deadline.reschedule(0)
        self._wake()

    async def next(self) -> list[bytes]:
        """What to send next; empty when the subscriber is to be let go."""
        while self.ending is None:
            self._read_last = None
            if self._asides:
                return self._take_asides()
            if self._pending:
                if parts := self._read() or await self._read_store():
                    return parts
            elif self._notices:
                if parts := self._take_notices():
                    return parts
            else:
                # No coroutine for it: this is done for each subscriber and frame.
                self._wakes = self._loop.create_future()
                await self._wakes
        return []

    def _take_asides(self) -> list[bytes]:
        asides, self._asides = self._asides, []
        self._asides_taken.set()
        return asides

    def _take_notices(self) -> list[bytes]:
        notices, self._notices = self._notices, {}
        return [text for say in notices.values() if (text := say())]

    def _read(self) -> list[bytes]:
        """What memory has for the first cursor that waits; it then goes to the end of the line."""
        cursor = next(iter(self._pending))
        del self._pending[cursor]
        parts = cursor.take()
        if parts is None:
            self._behind = cursor
            return []
        if not cursor.caught_up:
            self._pending[cursor] = None
        self._read_last = cursor
        return parts

    async def _read_store(self) -> list[bytes]:
        """What the store has for the cursor that memory has nothing for any more, or yet."""
        cursor, self._behind = self._behind, None
        if cursor is None or not cursor.store_has_more:
            # Neither the store nor memory has it yet; the feed tells when one of them does.
            return []
        page = b""
        try:
            page = await self._page(cursor)
        except Unavailable:
            await asyncio.sleep(RETRY_SECONDS)
        if self.cursors.get(cursor.feed) is not cursor:
            return []
        self._pending[cursor] = None
        self._read_last = cursor
        return [page] if page else []

    def _wake(self) -> None:
        if self._wakes is not None:
            if not self._wakes.done():
                self._wakes.set_result(None)
            self._wakes = None


class PageReader(Protocol):
    """Reads the next page of a cursor from the store and turns the cursor to it."""

    async def __call__(self, cursor: Cursor) -> bytes:
        """What to send of it.

        Raises:
            Unavailable: when the store does not answer.
        """
        ...
