"""All subscribers of an API process: who follows which feed, who is due a heartbeat, who is too slow."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import NamedTuple

from apis.access import gives_observations
from apis.events.cursor import Cursor
from apis.events.reader import Ending, Kind, Reader
from apis.events.staleness import Staleness
from apis.events.writing import Wire, Writer, notice
from apis.live import Feed, LiveState
from apis.readers import Readers
from apis.selection import Selection
from stadspuls.clock import SECOND, now_us
from stadspuls.errors import Unavailable
from stadspuls.metrics import EVENT_FRAMES, SUBSCRIBERS, SUBSCRIBERS_DROPPED
from stadspuls.registry import Dataset

LOOK_SECONDS = 1.0
HEARTBEAT_SECONDS = 15.0
"""Proxies usually close a connection on which nothing came for 30 to 60 s."""
STUCK_SECONDS = 15.0
"""A write that takes longer has a client that does not read."""
BEHIND_SECONDS = 30.0
"""A client that keeps reading, but is this far behind what is published, does not keep up."""
TOGETHER = 100
"""Subscribers woken before the loop has its turn: what they write leaves the machine, and requests are answered."""
CATCHING_UP = 2
"""Subscribers that read the store at once; the other threads stay free for requests."""


class _Seen(NamedTuple):
    """A subscriber's writes when the hub looked, since when there are no more, and since when one is not finished."""

    writes: int
    since: float
    stuck: float | None = None


class Hub:
    """Wakes subscribers when there is something to read, and lets them go when it must."""

    def __init__(self, live: LiveState, readers: Readers, base_url: str, capacity: int) -> None:
        self.live = live
        self._readers = readers
        self._base_url = base_url
        self._capacity = capacity
        self._writers: dict[Feed, Writer] = {}
        self._staleness: dict[Feed, Staleness] = {}
        self._subscribers: dict[Reader, _Seen] = {}
        self._followers: dict[Feed, dict[Reader, None]] = {}
        self.take_up()
        self._dirty: dict[Feed, None] = {}
        self._changed = asyncio.Event()
        self._catching_up = asyncio.Semaphore(CATCHING_UP)
        self._stopping = False
        live.memory.listener = self._note

    def take_up(self) -> None:
        """Go on with the datasets that memory has now; who follows one that is public no longer is let go."""
        feeds = self.live.memory.feeds.values()
        for feed in [*self._followers]:
            if feed not in feeds or not gives_observations(feed.dataset):
                for reader in self._followers[feed]:
                    reader.stop(Ending.STOPPING)
            if feed not in feeds:
                del self._writers[feed], self._staleness[feed], self._followers[feed]
        for feed in feeds:
            if feed in self._followers:
                self._writers[feed].take_up(feed.dataset)
                self._staleness[feed].dataset = feed.dataset
            else:
                self._writers[feed] = Writer(feed.dataset, self._base_url)
                self._staleness[feed] = Staleness(feed.dataset, self.live)
                self._followers[feed] = {}

    def __len__(self) -> int:
        return len(self._subscribers)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Serve subscribers for as long as the block runs."""
        tasks = [
            asyncio.create_task(self._broadcast(), name="broadcast"),
            asyncio.create_task(self._look_for_ever(), name="subscribers"),
        ]
        try:
            yield
        finally:
            self.stop()
            for task in tasks:
                task.cancel()
            for task in tasks:
                with suppress(asyncio.CancelledError):
                    await task

    def stop(self) -> None:
        """Let every subscriber go, and take no more."""
        self._stopping = True
        for reader in tuple(self._subscribers):
            reader.stop(Ending.STOPPING)

    def require_room(self) -> None:
        """Refuse what cannot be served now.

        Raises:
            Unavailable: there are too many subscribers, or it is not known yet where the published log ends.
        """
        if self._stopping:
            raise Unavailable("this API process stops; try again in a moment")
        if len(self._subscribers) >= self._capacity:
            SUBSCRIBERS_DROPPED.labels("full").inc()
            raise Unavailable(f"{self._capacity} live subscribers are served already; poll /latest, or try again later")
        if not self.live.memory.known:
            raise Unavailable("the published log is still being read")

    def open(self, kind: Kind) -> Reader:
        """A new subscriber, which follows nothing yet; give it back with `close`."""
        reader = Reader(kind, self._page)
        self._subscribers[reader] = _Seen(0, asyncio.get_running_loop().time())
        return reader

    def close(self, reader: Reader) -> None:
        """Forget a subscriber; a second time changes nothing."""
        if reader not in self._subscribers:
            return
        seen = self._subscribers.pop(reader)
        EVENT_FRAMES.labels(reader.kind).inc(reader.writes - seen.writes)
        if reader.ending is Ending.SLOW:
            SUBSCRIBERS_DROPPED.labels("slow").inc()
        for feed in tuple(reader.cursors):
            self._unfollow(reader, feed)

    def follow(self, reader: Reader, dataset: Dataset, selection: Selection, position: int | None) -> int:
        """Give a subscriber a dataset from a position, by default from now; returns the position."""
        feed = self._feed(dataset)
        begin = self.head(dataset) if position is None else position
        reader.follow(Cursor(feed, self._writers[feed], reader.wire, selection, begin))
        self._followers[feed][reader] = None
        if self._staleness[feed].stale is not None:
            self._say_stale(reader, feed)
        return begin

    def unfollow(self, reader: Reader, dataset: Dataset) -> int | None:
        """Take a dataset from a subscriber; returns how far it came, None when it did not have it."""
        feed = next((feed for feed in reader.cursors if feed.dataset.name == dataset.name), None)
        if feed is None:
            return None
        position = reader.cursors[feed].position
        self._unfollow(reader, feed)
        return position

    def position(self, reader: Reader, dataset: Dataset) -> int | None:
        """How far a subscriber has come in a dataset; None when it does not have it."""
        cursor = reader.cursors.get(self._feed(dataset))
        return None if cursor is None else cursor.position

    def head(self, dataset: Dataset) -> int:
        """Where a dataset's published log ends now."""
        return max(self._feed(dataset).head, self.live.latest.newest_published(dataset.name) or 0)

    def latest(self, dataset: Dataset, selection: Selection) -> list[bytes]:
        """The newest observations of a dataset, written as events.

        Raises:
            Unavailable: when the store was not read yet.
        """
        observations = self.live.of(dataset.name)
        wanted = observations if selection.everything else [o for o in observations if selection.takes(o)]
        return self._writers[self._feed(dataset)].texts(wanted)

    def _feed(self, dataset: Dataset) -> Feed:
        feed = self.live.memory.feeds.get(dataset.name)
        if feed is None:
            raise Unavailable(f"{dataset.name} is just being taken away; try again in a moment")
        return feed

    def _unfollow(self, reader: Reader, feed: Feed) -> None:
        reader.unfollow(feed)
        if feed in self._followers:
            self._followers[feed].pop(reader, None)

    def _note(self, feed: Feed) -> None:
        self._dirty[feed] = None
        self._changed.set()

    async def _broadcast(self) -> None:
        while True:
            await self._changed.wait()
            self._changed.clear()
            feeds, self._dirty = self._dirty, {}
            for feed in feeds:
                await self._tell(feed)

    async def _tell(self, feed: Feed) -> None:
        followers = self._followers.get(feed, {})
        for number, reader in enumerate(tuple(followers), 1):
            if reader in followers:
                reader.tell(feed)
            if number % TOGETHER == 0:
                await asyncio.sleep(0)

    async def _page(self, cursor: Cursor) -> bytes:
        async with self._catching_up:
            return cursor.turn(await self._readers.ask(cursor.read))

    async def _look_for_ever(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            self._look()

    def _look(self) -> None:
        time, now = asyncio.get_running_loop().time(), now_us()
        for feed, staleness in self._staleness.items():
            if staleness.look(now):
                for reader in self._followers[feed]:
                    self._say_stale(reader, feed)
        kinds = Counter(reader.kind for reader in self._subscribers)
        for kind in Kind:
            SUBSCRIBERS.labels(kind).set(kinds[kind])
        for reader in tuple(self._subscribers):
            self._look_at(reader, time, now)

    def _look_at(self, reader: Reader, time: float, now: int) -> None:
        seen = self._subscribers[reader]
        if reader.writes != seen.writes:
            EVENT_FRAMES.labels(reader.kind).inc(reader.writes - seen.writes)
            seen = _Seen(reader.writes, time)
        if not reader.sending:
            seen = seen._replace(stuck=None)
        elif seen.stuck is None:
            seen = seen._replace(stuck=time)
        self._subscribers[reader] = seen
        if seen.stuck is not None:
            if time - seen.stuck > STUCK_SECONDS:
                reader.stop(Ending.SLOW)
            return
        waits = reader.oldest_waiting()
        if waits is not None and now - waits > BEHIND_SECONDS * SECOND:
            reader.stop(Ending.SLOW)
        elif time - seen.since >= HEARTBEAT_SECONDS and reader.asides == 0 and (sign := heartbeat(reader)):
            reader.aside(sign)

    def _say_stale(self, reader: Reader, feed: Feed) -> None:
        staleness = self._staleness[feed]

        def say() -> bytes:
            stale = staleness.stale
            return b"" if stale is None else notice(stale, reader.wire)

        reader.notice(feed, say)


def heartbeat(reader: Reader) -> bytes:
    """A sign of life; with the id of how far a stream came, also where nothing of it was selected for long.

    A block without data shows nowhere, but clients take its id as the place to go on from. WebSockets have pings.
    """
    match reader.wire:
        case Wire.SSE:
            (cursor,) = reader.cursors.values()
            return b": still here\nid: %d\n\n" % cursor.position
        case Wire.SSE_AREA:
            return b": still here\n\n"
        case Wire.WEBSOCKET:
            return b""
