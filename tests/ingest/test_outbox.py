"""Frames reach Kafka in order whatever fails, and wait while the in-memory Kafka holds too much unread."""

from collections import deque
from collections.abc import Iterator

import pytest
from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaTimeoutError
from kafka.future import Future
from kafka.structs import OffsetAndMetadata
from structlog.testing import capture_logs

from ingest import outbox as module
from ingest.backoff import Backoff
from ingest.frames import Frame
from ingest.outbox import KafkaOutbox
from stadspuls.log import Topics, encode_messages
from stadspuls.log.clients import SINK_GROUP, SOURCE_PREFIX, group_name, kafka_python_options
from stadspuls.metrics import BRIDGE_PAUSES
from stadspuls.model import Message
from stadspuls.settings import Settings, load_settings
from tests.deploy.brokers import until
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


def test_frames_are_in_kafka_in_order_before_they_are_given_back(kafka: Kafka) -> None:
    settings = settings_for(kafka, kafka_unread_limit=0)
    stored: list[Frame] = []
    outbox = KafkaOutbox(settings, stored.append)
    sent = [frame(payload, partition=number % 4) for number, payload in enumerate(numbered(40))]
    for one in sent:
        outbox.put(one)
    outbox.close(10)
    outbox.check()
    assert len(stored) == 40
    with arrivals(settings) as found:
        found.wait_for(40)
        for partition in range(4):
            assert [f.messages[0].payload for p, f, _ in found.frames if p == partition] == numbered(40)[partition::4]
        assert {timestamp for _, _, timestamp in found.frames} == {1_780_000_000_000}


@pytest.mark.usefixtures("quick")
def test_a_frame_that_the_producer_gave_up_is_sent_again_before_those_behind_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answers = deque([True, False, False, True])
    taken: list[tuple[int, bytes]] = []
    monkeypatch.setattr(module, "_producer", lambda _: Faulty(answers, taken))
    stored: list[Frame] = []
    sent = [frame(payload) for payload in numbered(10)]
    with capture_logs() as logs:
        outbox = KafkaOutbox(load_settings(None, kafka_unread_limit=0), stored.append)
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
def test_many_attempts_are_one_log_line(monkeypatch: pytest.MonkeyPatch) -> None:
    attempts = 0

    def refuse(_: Settings) -> Faulty:
        nonlocal attempts
        attempts += 1
        raise KafkaTimeoutError("nobody there")

    monkeypatch.setattr(module, "_producer", refuse)
    with capture_logs() as logs:
        outbox = KafkaOutbox(load_settings(None, kafka_unread_limit=0), lambda _: None)
        outbox.put(frame(b"one"))
        until(lambda: attempts > 20, "twenty attempts")
        outbox.close(0.01)
        outbox._thread.join(10)
    outbox.check()
    assert not outbox._thread.is_alive()
    assert [line["event"] for line in logs] == ["kafka cannot be used; trying until it can"]


def test_an_error_that_nobody_foresaw_reaches_the_owner(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: Settings) -> Faulty:
        raise ValueError("unrecognized partition")

    monkeypatch.setattr(module, "_producer", broken)
    outbox = KafkaOutbox(load_settings(None, kafka_unread_limit=0), lambda _: None)
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
    stored: list[Frame] = []
    before = pauses()
    outbox = KafkaOutbox(settings, stored.append)
    for _ in range(20):
        outbox.put(frame(b"x" * 2000, partition=1))
    until(lambda: pauses() == before + 1, "the pause")
    for _ in range(3):
        outbox.put(frame(b"y" * 2000, partition=2))
    until(lambda: [one.partition for one in stored].count(2) == 3, "the other partition")
    assert [one.partition for one in stored].count(1) == 4
    commit_as_sink(settings, 1, source=1)
    until(lambda: [one.partition for one in stored].count(1) == 6, "room for two more")
    for source in range(5, 20, 4):
        commit_as_sink(settings, 1, source)
    outbox.close(20)
    outbox.check()
    assert len(stored) == 23


def test_what_an_earlier_bridge_left_unread_counts(kafka: Kafka) -> None:
    settings = settings_for(kafka, kafka_unread_limit=10_000)
    first = KafkaOutbox(settings, lambda _: None)
    for _ in range(4):
        first.put(frame(b"x" * 2000))
    first.close(10)
    stored: list[Frame] = []
    before = pauses()
    second = KafkaOutbox(settings, stored.append)
    second.put(frame(b"x" * 2000))
    until(lambda: pauses() == before + 1, "the pause")
    assert stored == []
    commit_as_sink(settings, 1, source=3)
    second.close(10)
    assert len(stored) == 1
