import threading
from collections.abc import Callable, Iterable
from functools import partial
from typing import cast

import pytest
from kafka.consumer.fetcher import ConsumerRecord

from stadspuls.errors import StoreError
from stadspuls.log import ObservationFrame, Topics, encode_observations
from stadspuls.settings import Settings
from store import StoreReader, StoreWriter, sink
from store.sink_batch import Batch
from store.sink_gaps import GapCheck
from store.sink_storing import LONGEST_ASKED, Storing
from tests.store.kafka_log import DEADLINE, PublishedLog, RunningSink, until
from tests.store.made import START, frame, observation


class Record:
    """What a batch reads of a Kafka record."""

    topic, partition, offset, timestamp = Topics().observations, 0, 0, 0
    value = encode_observations(frame(observation()))


def batch() -> Batch:
    made = Batch(Topics(), GapCheck())
    made.add(cast(ConsumerRecord, Record()))
    return made


class Slow:
    """A store whose writes wait until they are let through, or fail."""

    def __init__(self, errors: Iterable[StoreError] = ()) -> None:
        self.errors = list(errors)
        self.through = threading.Semaphore(0)
        self.prepared: list[int] = []
        self.stored: list[int] = []

    def prepare(self, frames: Iterable[ObservationFrame]) -> Callable[[], None]:
        own = [one.source_offset for one in frames]
        self.prepared += own
        return partial(self._write, own)

    def _write(self, sources: list[int]) -> None:
        if self.errors:
            raise self.errors.pop(0)
        assert self.through.acquire(timeout=DEADLINE)
        self.stored += sources

    def write_rejected(self, rejections: Iterable[object]) -> None:
        assert not list(rejections)

    def retain(self, *_: object) -> int:
        return 0

    def close(self) -> None:
        pass


class Waits(threading.Event):
    """A stop that never comes, and notes how long it was waited for."""

    def __init__(self) -> None:
        super().__init__()
        self.waited: list[float | None] = []

    def wait(self, timeout: float | None = None) -> bool:
        self.waited.append(timeout)
        return False


@pytest.mark.parametrize(
    ("asked", "expected"), [((None, None, None), [0.1, 0.2, 0.4]), ((3.0, 0.05, 9e9), [3.0, 0.2, LONGEST_ASKED])]
)
def test_a_store_that_asks_to_be_left_alone_is(asked: tuple[float | None, ...], expected: list[float]) -> None:
    store, stop = Slow(StoreError("busy", seconds) for seconds in asked), Waits()
    store.through.release()
    storing = Storing(cast(StoreWriter, store), stop)
    storing.begin(batch())
    assert storing.finished(DEADLINE) is not None
    assert stop.waited == expected
    storing.close()


def test_what_cannot_even_be_prepared_is_tried_again_like_any_failure() -> None:
    class Unencodable(Slow):
        def prepare(self, frames: Iterable[ObservationFrame]) -> Callable[[], None]:
            raise StoreError("no number")

        def write(self, frames: Iterable[ObservationFrame]) -> None:
            if self.errors:
                raise self.errors.pop(0)
            self.stored += [one.source_offset for one in frames]

    store, stop = Unencodable([StoreError("no number")]), Waits()
    storing = Storing(cast(StoreWriter, store), stop)
    storing.begin(batch())
    assert storing.finished(DEADLINE) is not None
    assert (store.stored, stop.waited) == ([0], [0.1])
    storing.close()


def test_a_stop_before_the_answer_halts_everything() -> None:
    store, stop = Slow([StoreError("away")] * 1000), threading.Event()
    storing = Storing(cast(StoreWriter, store), stop)
    storing.begin(batch())
    assert storing.finished(0) is None
    assert storing.under_way
    assert not storing.halted
    stop.set()
    assert storing.finished(DEADLINE) is None
    assert (storing.under_way, storing.halted, store.stored) == (False, True, [])
    storing.close()


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Slow:
    store = Slow()
    monkeypatch.setattr(sink, "open_writer", lambda _settings: store)
    return store


def frames(*sources: int) -> list[ObservationFrame]:
    return [frame(observation(START + i, published_at=START + i), source=i) for i in sources]


def test_one_batch_more_is_prepared_while_the_store_works_and_none_is_committed_before_the_answer(
    platform: Settings, published: PublishedLog, slow: Slow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("store.sink_batch.MOST_OBSERVATIONS", 1)
    with RunningSink(platform):
        published.publish(frames(0))
        until(lambda: slow.prepared == [0], "the first")
        published.publish(frames(1))
        published.publish(frames(2))
        assert published.committed() is None
        slow.through.release()
        published.until_committed(1, "source=0")
        until(lambda: slow.prepared[:2] == [0, 1], "the next")
        slow.through.release(9)
        published.until_committed(3, "source=2")
    assert slow.stored == [0, 1, 2]


def test_nothing_behind_a_batch_that_was_not_stored_is_stored_or_committed(
    platform: Settings, published: PublishedLog, slow: Slow, stored: StoreReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("store.sink_batch.MOST_OBSERVATIONS", 1)
    slow.errors = [StoreError("away")] * 1000
    with RunningSink(platform):
        published.publish(frames(0, 1, 2, 3))
        until(lambda: slow.prepared, "the first")
        until(lambda: len(slow.errors) < 998, "two failures")
    assert published.committed() is None
    assert slow.stored == []
    monkeypatch.undo()
    with RunningSink(platform):
        published.until_committed(4, "source=3")
    assert len(stored.log("gent/parking", 0, 2**62)) == 4
