"""Frames reach Kafka in order whatever fails, and wait while the in-memory Kafka holds too much unread."""

from collections import deque
from collections.abc import Iterator
from pathlib import Path

import pytest
from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaTimeoutError
from kafka.future import Future
from kafka.structs import OffsetAndMetadata
from structlog.testing import capture_logs

from ingest import sender as module
from ingest.frames import Frame
from ingest.outbox import Outbox
from stadspuls.backoff import Backoff
from stadspuls.log import Topics, encode_messages
from stadspuls.log.clients import SINK_GROUP, SOURCE_PREFIX, group_name, kafka_python_options
from stadspuls.metrics import BRIDGE_PAUSES
from stadspuls.model import Message
from stadspuls.settings import Settings, load_settings
from tests.deploy.brokers import until
from tests.ingest.spooled import open_spool, pending
from tests.ingest.stage import Kafka, arrivals, numbered, running_kafka, settings_for


@pytest.fixture
def kafka() -> Iterator[Kafka]:
    with running_kafka() as kafka:
        yield kafka


def frame(payload: bytes, partition: int = 1) -> Frame:
    record = encode_messages([Message("gent/parking/P1", payload, 1_780_000_000_000_000)], "abc")
    return Frame(
        partition=partition, record=record, timestamp_ms=1_780_000_000_000, messages=1, size=len(payload), tickets=[]
    )


class Faulty:
    """A producer whose answers a test has written down: True for taken, False for given up."""

    def __init__(self, answers: deque[bool], taken: list[tuple[int, bytes]]) -> None:
        self._answers = answers
        self._taken = taken

    def send(self, _topic: str, record: bytes, partition: int, timestamp_ms: int) -> Future:
        assert timestamp_ms == 1_780_000_000_000
        future = Future()
        if self._answers.popleft() if self._answers else True:
            self._taken.append((partition, record))
            future.success(type("Sent", (), {"offset": len(self._taken) - 1}))
        else:
            future.failure(KafkaTimeoutError("given up"))
        return future

    def close(self, timeout: float) -> None:
        assert timeout == 0


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Backoff, "delay", lambda _: 0.001)


@pytest.fixture
def real(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings of the real profile: a frame that Kafka has is done with. Here none goes to the spool instead."""
    monkeypatch.setattr("ingest.outbox.SLOW_SECONDS", 3600.0)
    return load_settings(None, profile="real", data_dir=tmp_path)


def test_frames_are_in_kafka_in_order(kafka: Kafka) -> None:
    settings = settings_for(kafka, kafka_unread_limit=0)
    stored: list[Frame] = []
    outbox = Outbox(settings, stored.append)
    sent = [frame(payload, partition=number % 4) for number, payload in enumerate(numbered(40))]
    for one in sent:
        outbox.put(one)
    with arrivals(settings) as found:
        found.wait_for(40)
        for partition in range(4):
            assert [f.messages[0].payload for p, f, _ in found.frames if p == partition] == numbered(40)[partition::4]
        assert {timestamp for _, _, timestamp in found.frames} == {1_780_000_000_000}
    outbox.close(10)
    outbox.check()
    assert len(stored) == 40


@pytest.mark.usefixtures("quick")
def test_a_frame_that_the_producer_gave_up_is_sent_again_before_those_behind_it(
    real: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = deque([True, False, False, True])
    taken: list[tuple[int, bytes]] = []
    monkeypatch.setattr(module, "_producer", lambda _: Faulty(answers, taken))
    stored: list[Frame] = []
    sent = [frame(payload) for payload in numbered(10)]
    with capture_logs() as logs:
        outbox = Outbox(real, stored.append)
        for one in sent:
            outbox.put(one)
        outbox.close(10)
    outbox.check()
    assert taken == [(1, one.record) for one in sent]
    assert stored == sent
    assert [line["event"] for line in logs] == [
        "kafka cannot be used; trying until it can",
        "kafka answers again",
    ]


@pytest.mark.usefixtures("quick")
def test_many_attempts_are_one_log_line(real: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    attempts = 0

    def refuse(_: Settings) -> Faulty:
        nonlocal attempts
        attempts += 1
        raise KafkaTimeoutError("nobody there")

    monkeypatch.setattr(module, "_producer", refuse)
    with capture_logs() as logs:
        outbox = Outbox(real, lambda _: None)
        outbox.put(frame(b"one"))
        until(lambda: attempts > 20, "twenty attempts")
        outbox.close(0.01)
    outbox.check()
    assert [line["event"] for line in logs] == ["kafka cannot be used; trying until it can"]


def test_an_error_that_nobody_foresaw_reaches_the_owner(real: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: Settings) -> Faulty:
        raise ValueError("unrecognized partition")

    monkeypatch.setattr(module, "_producer", broken)
    outbox = Outbox(real, lambda _: None)
    outbox.put(frame(b"one"))
    outbox.close(10)
    with pytest.raises(ValueError, match="unrecognized partition"):
        outbox.check()


def commit_as_sink(settings: Settings, partition: int, source: int) -> None:
    place = TopicPartition(Topics(settings.topic_prefix).observations, partition)
    consumer = KafkaConsumer(
        **kafka_python_options(settings), group_id=group_name(settings, SINK_GROUP), enable_auto_commit=False
    )
    consumer.assign([place])
    consumer.commit({place: OffsetAndMetadata(1, f"{SOURCE_PREFIX}{source}", -1)})
    consumer.close()


def pauses() -> float:
    (metric,) = BRIDGE_PAUSES.collect()
    return next(sample.value for sample in metric.samples if sample.name.endswith("_total"))


def test_a_partition_waits_for_the_sink_and_the_others_go_on(kafka: Kafka) -> None:
    settings = settings_for(kafka, kafka_unread_limit=10_000)
    before = pauses()
    outbox = Outbox(settings, lambda _: None)
    with arrivals(settings) as found:

        def arrived(partition: int) -> int:
            return [p for p, _, _ in found.read().frames].count(partition)

        for _ in range(20):
            outbox.put(frame(b"x" * 2000, partition=1))
        until(lambda: pauses() == before + 1, "the pause")
        for _ in range(3):
            outbox.put(frame(b"y" * 2000, partition=2))
        until(lambda: arrived(2) == 3, "the other partition")
        assert arrived(1) == 4
        commit_as_sink(settings, 1, source=1)
        until(lambda: arrived(1) == 6, "room for two more")
        for source in range(5, 20, 4):
            commit_as_sink(settings, 1, source)
        until(lambda: arrived(1) == 20, "the rest")
    outbox.close(20)
    outbox.check()


def test_what_an_earlier_bridge_left_unread_counts(kafka: Kafka, tmp_path: Path) -> None:
    settings = settings_for(kafka, kafka_unread_limit=10_000)
    first = Outbox(settings, lambda _: None)
    for _ in range(4):
        first.put(frame(b"x" * 2000))
    first.close(10)
    before = pauses()
    # Another folder: this one knows nothing of what the first has sent.
    second = Outbox(settings_for(kafka, kafka_unread_limit=10_000, data_dir=tmp_path), lambda _: None)
    with arrivals(settings) as found:
        second.put(frame(b"x" * 2000))
        until(lambda: pauses() == before + 1, "the pause")
        until(lambda: len(found.read().frames) == 4, "the four")
        commit_as_sink(settings, 1, source=3)
        until(lambda: len(found.read().frames) == 5, "the fifth")
    second.close(10)


def kept(settings: Settings) -> list[int]:
    """Numbers of the frames of partition 1 that the spool of a closed outbox still keeps."""
    spool = open_spool(settings.spool_dir)
    found = [one.number for one in pending(spool, 1)]
    spool.close()
    return found


def test_a_frame_stays_in_the_spool_until_the_sink_has_stored_it(kafka: Kafka) -> None:
    settings = settings_for(kafka)
    stored: list[Frame] = []
    outbox = Outbox(settings, stored.append)
    with arrivals(settings) as found:
        for payload in numbered(5):
            outbox.put(frame(payload))
        found.wait_for(5)
        until(lambda: len(stored) == 5, "the spool to have them")
        commit_as_sink(settings, 1, source=2)
        until(lambda: outbox._lanes._spool.handed_on(1) == 3, "the bridge to see it")
    outbox.close(10)
    assert kept(settings) == [4, 5]


def test_a_new_kafka_gets_what_the_sink_had_not_stored_then_what_is_new(kafka: Kafka) -> None:
    settings = settings_for(kafka)
    outbox = Outbox(settings, lambda _: None)
    with arrivals(settings) as found:
        for payload in numbered(6):
            outbox.put(frame(payload))
        found.wait_for(6)
        commit_as_sink(settings, 1, source=1)
        until(lambda: outbox._lanes._spool.handed_on(1) == 2, "the bridge to see it")
    outbox.close(10)
    kafka.close()
    with running_kafka() as other:
        settings = settings_for(other, data_dir=kafka.folder)
        outbox = Outbox(settings, lambda _: None)
        for payload in numbered(3, first=6):
            outbox.put(frame(payload))
        with arrivals(settings) as found:
            found.wait_for(7)
            assert found.payloads == numbered(7, first=2)
        outbox.close(10)
