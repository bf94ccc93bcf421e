import threading
from collections.abc import Callable, Iterable
from functools import partial

import pytest
import structlog
from kafka.errors import KafkaTimeoutError

from stadspuls.clock import now_us
from stadspuls.errors import FrameVersionError, LogError, StoreError
from stadspuls.log import ObservationFrame, encode_rejected
from stadspuls.model import Reason
from stadspuls.settings import Settings
from store import HistoryQuery, RejectedQuery, StoreReader, StoreWriter, sink
from store.backends import open_writer
from store.sink_batch import WHOLE_RECORD
from tests.store.kafka_log import EMPTY_REGISTRY, PublishedLog, RunningSink, counted, until
from tests.store.made import DATASET, START, frame, observation, rejection, stream

NEWER = b"\x97\x63\x00\x00\x01\xa0\x90\x90"
"""An empty frame of format version 99."""


def frames(first: int, end: int) -> list[ObservationFrame]:
    return [frame(observation(START + i, published_at=START + i), source=i) for i in range(first, end)]


def sources(reader: StoreReader) -> list[int]:
    return [entry.frame.source_offset for entry in reader.log(DATASET, 0, 2**62, 100_000)]


class Faulty:
    """A store that does not answer for a while."""

    def __init__(self, writer: StoreWriter, failures: int) -> None:
        self._writer = writer
        self.failures = failures
        self.asked = threading.Event()

    def write(self, frames: Iterable[ObservationFrame]) -> None:
        self.asked.set()
        if self.failures:
            self.failures -= 1
            raise StoreError("disk full")
        self._writer.write(frames)

    def prepare(self, frames: Iterable[ObservationFrame]) -> Callable[[], None]:
        return partial(self.write, list(frames))

    def __getattr__(self, name: str) -> object:
        return getattr(self._writer, name)


@pytest.fixture
def faulty(platform: Settings, monkeypatch: pytest.MonkeyPatch) -> Faulty:
    store = Faulty(open_writer(platform), 10**9)
    monkeypatch.setattr(sink, "open_writer", lambda _settings: store)
    return store


def test_what_is_published_is_stored_and_then_committed_with_its_source(
    platform: Settings, published: PublishedLog, stored: StoreReader
) -> None:
    made = frames(0, 30)
    other = observation(of=stream(dataset="aalst/parking"), published_at=START + 5)
    before = counted("stored_observations_total", dataset=DATASET)
    with RunningSink(platform):
        published.publish(made)
        published.publish([frame(other, source=0), frame(source=1)], partition=3)
        published.until_committed(30, "source=29")
        published.until_committed(2, "source=1", 3)
        assert sources(stored) == list(range(30))
        assert stored.history(HistoryQuery(dataset="aalst/parking")) == [other]
        assert stored.stored_through() == {DATASET: START + 29, "aalst/parking": START + 5}
    assert counted("stored_observations_total", dataset=DATASET) - before == 30
    assert counted("lag_frames", stage="sink") == 0


def test_a_sink_goes_on_where_the_last_one_stopped(
    platform: Settings, published: PublishedLog, stored: StoreReader
) -> None:
    gaps = counted("log_gap_frames_total")
    for first, end in ((0, 3), (3, 4), (4, 9)):
        with RunningSink(platform):
            published.publish(frames(first, end))
            published.until_committed(end, f"source={end - 1}")
    assert sources(stored) == list(range(9))
    assert counted("log_gap_frames_total") == gaps


def test_rejections_are_stored(platform: Settings, published: PublishedLog, stored: StoreReader) -> None:
    # Of today, for retention is at work too.
    now = now_us()
    made = [rejection(index=i, rejected_at=now + i) for i in range(3)]
    with RunningSink(platform):
        published.put(published.topics.rejected, encode_rejected(made, 7, "r"), partition=2)
        published.flush()
        published.until_committed(1, "", 2, published.topics.rejected)
    assert stored.rejected(RejectedQuery()) == made[::-1]


def test_nothing_is_committed_or_lost_while_the_store_fails(
    platform: Settings, published: PublishedLog, stored: StoreReader, faulty: Faulty
) -> None:
    before = counted("store_failures_total")
    with structlog.testing.capture_logs() as lines, RunningSink(platform):
        published.publish(frames(0, 3))
        until(lambda: counted("store_failures_total") >= before + 2, "two failures")
        published.publish(frames(3, 6))
        assert published.committed() is None
        assert stored.stored_through() == {}
        faulty.failures = 0
        published.until_committed(6, "source=5")
    assert sources(stored) == list(range(6))
    said = [line for line in lines if line["log_level"] == "error"]
    assert len(said) == counted("store_failures_total") - before
    assert {line["why"] for line in said} == {"disk full"}


def test_a_stop_while_the_store_fails_leaves_the_batch_in_kafka(
    platform: Settings, published: PublishedLog, stored: StoreReader, faulty: Faulty, monkeypatch: pytest.MonkeyPatch
) -> None:
    with RunningSink(platform):
        published.publish(frames(0, 3))
        assert faulty.asked.wait(30)
    assert published.committed() is None
    monkeypatch.undo()
    with RunningSink(platform):
        published.until_committed(3, "source=2")
    assert sources(stored) == [0, 1, 2]


def test_an_unreadable_record_is_kept_counted_and_passed(
    platform: Settings, published: PublishedLog, stored: StoreReader
) -> None:
    topic, gaps = published.topics.observations, counted("log_gap_frames_total")
    with RunningSink(platform):
        published.publish(frames(0, 1))
        published.put(topic, b"\xffno frame")
        published.publish(frames(2, 3))
        published.until_committed(3, "source=2")
    (kept,) = stored.rejected(RejectedQuery())
    assert (kept.reason, kept.topic, kept.payload) == (Reason.UNDECODABLE, topic, b"\xffno frame")
    assert (kept.partition, kept.offset, kept.index) == (0, 1, WHOLE_RECORD)
    assert sources(stored) == [0, 2]
    assert counted("unreadable_records_total", topic=topic) == 1
    assert counted("log_gap_frames_total") == gaps + 1


def test_a_record_of_a_newer_version_stops_the_sink_in_front_of_it(
    platform: Settings, published: PublishedLog, stored: StoreReader
) -> None:
    published.publish(frames(0, 2))
    published.put(published.topics.observations, NEWER)
    published.publish(frames(3, 4))
    running = RunningSink(platform)
    with pytest.raises(FrameVersionError, match="format version 99"), running:
        running.join()
    assert sources(stored) == [0, 1]
    assert published.committed() == (2, "source=1")


@pytest.mark.parametrize(("missing", "first"), [(1, 3), (40, 42)])
def test_missing_frames_are_counted_and_what_follows_is_stored(
    platform: Settings, published: PublishedLog, stored: StoreReader, missing: int, first: int
) -> None:
    before = counted("log_gap_frames_total")
    with RunningSink(platform):
        published.publish(frames(0, 2))
        published.until_committed(2, "source=1")
    # Also over a restart: the commit's metadata says what must come first.
    with RunningSink(platform):
        published.publish(frames(first, first + 2))
        published.until_committed(4, f"source={first + 1}")
    assert sources(stored) == [0, 1, first, first + 1]
    assert counted("log_gap_frames_total") == before + missing


def test_the_beginning_of_the_in_memory_log_is_missed_too(
    platform: Settings, published: PublishedLog, stored: StoreReader
) -> None:
    before = counted("log_gap_frames_total")
    with RunningSink(platform):
        published.publish(frames(2, 3))
        published.until_committed(1, "source=2")
    assert counted("log_gap_frames_total") == before + 2


def test_a_source_frame_is_committed_with_its_last_part(
    platform: Settings, published: PublishedLog, stored: StoreReader
) -> None:
    parts = [frame(observation(START + i, published_at=START + i), source=1, part=i - 1, parts=3) for i in range(1, 4)]
    before = counted("log_gap_frames_total")
    with RunningSink(platform):
        published.publish([*frames(0, 1), *parts[:2]])
        until(lambda: len(sources(stored)) == 3, "the first parts")
        published.until_committed(1, "source=0")
    with RunningSink(platform):
        published.publish(parts[2:])
        published.until_committed(4, "source=1")
    assert sources(stored) == [0, 1, 1, 1]
    assert counted("log_gap_frames_total") == before


def test_more_than_a_batch_is_stored_in_order(platform: Settings, published: PublishedLog, stored: StoreReader) -> None:
    sensors = [stream(f"P{i}") for i in range(400)]
    made = [
        frame(
            *(observation(START + n, of=s, published_at=START + 400 * n + i) for i, s in enumerate(sensors)), source=n
        )
        for n in range(60)
    ]
    published.publish(made)
    with RunningSink(platform):
        published.until_committed(60, "source=59")
    assert [entry.frame for entry in stored.log(DATASET, 0, 2**62)] == made


def test_a_kafka_that_is_not_there_is_a_clear_error(platform: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_options: object) -> None:
        raise KafkaTimeoutError

    monkeypatch.setattr(sink, "KafkaConsumer", refuse)
    with pytest.raises(LogError, match=rf"Kafka at {platform.kafka_bootstrap} cannot be read"):
        sink.run_sink(platform, threading.Event(), EMPTY_REGISTRY)


def test_retention_runs_when_the_sink_starts(
    platform: Settings, stored: StoreReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = open_writer(platform)
    writer.write_rejected([rejection(rejected_at=START)])
    writer.close()
    assert len(stored.rejected(RejectedQuery())) == 1
    with RunningSink(platform, EMPTY_REGISTRY):
        until(lambda: not stored.rejected(RejectedQuery()), "the old rejection to go")
