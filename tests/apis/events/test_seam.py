"""The seam between store and memory: whatever happens around it, each reader has every observation once, in order."""

from collections.abc import Sequence
from typing import cast

import pytest
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from apis.events.cursor import Cursor
from apis.events.writing import Wire, Writer
from apis.live import Feed
from apis.selection import Selection
from stadspuls.log import ObservationFrame
from stadspuls.model import Datastream, Observation
from stadspuls.registry import Dataset
from store import LogEntry, StoreReader

STREAM = Datastream("gent", "parking", "P1", "P1", "vacantSpaces", "1")


class FakeStore:
    """The published order, as a store has it."""

    def __init__(self) -> None:
        self.frames: list[list[Observation]] = []

    @property
    def through(self) -> int:
        return self.frames[-1][-1].published_at if self.frames else 0

    def log(self, dataset: str, start: int, end: int, limit: int = 1000) -> list[LogEntry]:
        assert dataset == "gent/parking"
        found = [frame for frame in self.frames if start <= frame[0].published_at < end]
        return [LogEntry(frame[0].published_at, ObservationFrame(0, 0, 1, "", frame)) for frame in found[:limit]]


class PlainWriter(Writer):
    """Writes only which observations there are."""

    def __init__(self) -> None:
        self._name = b""

    def texts(self, observations: Sequence[Observation]) -> list[bytes]:
        return [b"%d" % o.observed_at for o in observations]

    def _join(self, ids: Sequence[int], texts: Sequence[bytes], wire: Wire) -> bytes:
        return b"".join(text + b"\n" for text in texts)


class FakeDataset:
    name = "gent/parking"


class Client:
    """Reads with a cursor, and begins another where the last one was."""

    def __init__(self, feed: Feed, position: int, seen_before: int) -> None:
        self._feed = feed
        self._seen_before = seen_before
        self.received: list[int] = []
        self.cursor = self._cursor(position)

    def _cursor(self, position: int) -> Cursor:
        return Cursor(self._feed, PlainWriter(), Wire.SSE, Selection(), position)

    def resume(self) -> None:
        self.cursor = self._cursor(self.cursor.position)

    def step(self, store: FakeStore) -> bool:
        """One read; whether there may be more."""
        parts = self.cursor.take()
        if parts is None:
            if not self.cursor.store_has_more:
                return False
            parts = [self.cursor.turn(self.cursor.read(cast(StoreReader, store)))]
        self.received += [int(text) for part in parts for text in part.split()]
        return not self.cursor.caught_up or self.cursor.store_has_more

    def check(self, newest: int) -> None:
        expected = list(range(self._seen_before + 1, newest + 1))
        assert sorted(self.received) == sorted(set(self.received)), "doubled"
        assert self.received == expected[: len(self.received)], "missed or out of order"


class Seam(RuleBasedStateMachine):
    """Observations are numbered by `observed_at`; publishing anew gives another `published_at`, not another number."""

    def __init__(self) -> None:
        super().__init__()
        self.feed = Feed(cast(Dataset, FakeDataset()))
        self.store = FakeStore()
        self.kafka: list[list[Observation]] = []
        """What the sink has not stored yet."""
        self.passed: list[list[Observation]] = []
        """What Kafka still has although it is stored."""
        self.clock = self.newest = 0
        self.followed = False
        self.overflown = self.lost = False
        self.retold_through = 0
        self.clients: list[Client] = []

    def _frame(self, numbers: Sequence[int]) -> list[Observation]:
        frame = []
        for number in numbers:
            self.clock += 1
            frame.append(Observation(STREAM, number, 0, self.clock, 1.0))
        self.clock += 1000
        return frame

    def _put(self, frame: list[Observation]) -> None:
        self.kafka.append(frame)
        if self.followed:
            self.feed.take(frame)

    @rule(size=st.integers(1, 4))
    def publish(self, size: int) -> None:
        numbers = range(self.newest + 1, self.newest + size + 1)
        self.newest += size
        self._put(self._frame(numbers))

    @rule(count=st.integers(1, 5))
    def sink_stores(self, count: int) -> None:
        some, self.kafka = self.kafka[:count], self.kafka[count:]
        self.store.frames += some
        self.passed += some

    @rule()
    def poll(self) -> None:
        if not self.followed and self.feed.joined and self.store.through > self.feed.newest:
            self.feed.rejoin(self.store.through)
        else:
            self.feed.advance(self.store.through)

    @rule()
    def forget(self) -> None:
        self.feed.forget(self.feed.stored)

    @precondition(lambda self: not self.lost)
    @rule()
    def overflow(self) -> None:
        """More than memory may hold waits for the store; an in-memory Kafka never lets that much wait."""
        if self.feed.after(self.feed.floor):
            self.feed.forget_oldest()
            self.overflown = True

    @rule(again=st.integers(0, 3))
    def join(self, again: int) -> None:
        self.followed = False
        self.feed.rejoin(self.store.through)
        for frame in self.passed[len(self.passed) - again :] + self.kafka:
            self.feed.take(frame)
        self.followed = True

    @rule()
    def lose_contact(self) -> None:
        self.followed = False

    @precondition(lambda self: not self.overflown)
    @rule()
    def lose_kafka(self) -> None:
        """What is not stored is published again, in the same order, later."""
        # Memory has what was published so far: it follows until the end.
        self.followed, self.lost = False, True
        lost, self.kafka, self.passed = self.kafka, [], []
        for frame in lost:
            self._put(self._frame([o.observed_at for o in frame]))
        self.retold_through = self.clock

    @rule()
    def subscribe_from_the_start(self) -> None:
        self.clients.append(Client(self.feed, 0, 0))

    @rule(index=st.integers(0, 10))
    def read(self, index: int) -> None:
        if self.clients:
            self.clients[index % len(self.clients)].step(self.store)

    @rule(index=st.integers(0, 10))
    def resume(self, index: int) -> None:
        for client in self.clients[index % len(self.clients) :][:1] if self.clients else ():
            place = client.cursor.position
            # In the middle of what is published anew nobody knows whether a client was told the first time: it then
            # gets it a second time, rather than not at all.
            if not any(lost.ceiling < place < self.retold_through for lost in self.feed.lost):
                client.resume()

    @invariant()
    def nothing_is_missed_or_doubled(self) -> None:
        for client in self.clients:
            client.check(self.newest)

    def teardown(self) -> None:
        self.sink_stores(len(self.kafka))
        self.join(0)
        self.poll()
        for client in self.clients:
            for _ in range(10_000):
                if not client.step(self.store):
                    break
            assert client.received == list(range(1, self.newest + 1))


@pytest.fixture(autouse=True)
def every_rejoin_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Readers note a rejoin within moments; here many may come first."""
    monkeypatch.setattr("apis.live.feed.MOST_LOST", 1000)


TestSeam = Seam.TestCase
TestSeam.settings = hypothesis_settings(max_examples=300, stateful_step_count=40, deadline=None)
