"""The bridge between real brokers: nothing lost, order kept, nothing acknowledged too early."""

import hashlib
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from kafka import KafkaConsumer, TopicPartition
from kafka.structs import OffsetAndMetadata
from structlog.testing import capture_logs

from ingest import session
from ingest.bridge import PAYLOAD_LIMIT
from ingest.spool import Appended, Spool
from stadspuls.log import Topics, partition_of
from stadspuls.log.clients import SINK_GROUP, SOURCE_PREFIX, group_name, kafka_python_options
from stadspuls.settings import Settings
from tests.deploy.brokers import BROKERS, DEADLINE, Broker, running, until
from tests.ingest.stage import (
    Kafka,
    arrivals,
    bridge_process,
    bridge_thread,
    first_seen,
    in_flight,
    numbered,
    received,
    running_kafka,
    sender,
    settings_for,
)


@pytest.fixture
def kafka() -> Iterator[Kafka]:
    with running_kafka() as kafka:
        yield kafka


@pytest.fixture(params=BROKERS)
def broker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Broker]:
    with running(request.param, tmp_path) as broker:
        yield broker


@pytest.fixture
def amqtt(tmp_path: Path) -> Iterator[Broker]:
    with running("amqtt", tmp_path) as broker:
        yield broker


def test_messages_become_frames_in_the_partition_of_their_dataset(kafka: Kafka, broker: Broker) -> None:
    settings = settings_for(kafka, broker.port)
    topics = ["gent/parking/P1", "gent/parking/never-registered", "gent/air-quality/R1", "nobody/knows/this/topic"]
    with bridge_thread(settings), sender(broker.port) as sent, arrivals(settings) as found:
        found.await_bridge(sent)
        for topic in topics:
            sent.publish(numbered(30), topic)
        found.wait_for(120)
        until(lambda: in_flight() == 0, "every acknowledgement")
    keys = {"gent/parking/P1": "gent/parking", "gent/parking/never-registered": "gent/parking"}
    keys |= {"gent/air-quality/R1": "gent/air-quality", "nobody/knows/this/topic": "nobody/knows/this/topic"}
    for topic in topics:
        places = {(p, m.payload) for p, frame, _ in found.frames for m in frame.messages if m.topic == topic}
        assert places == {(partition_of(keys[topic], 4), payload) for payload in numbered(30)}
        assert [m.payload for m in found.messages if m.topic == topic] == numbered(30)
    assert all(frame.registry for _, frame, _ in found.frames)


def test_messages_are_collected_into_few_frames(kafka: Kafka, broker: Broker) -> None:
    settings = settings_for(kafka, broker.port, frame_wait=1.0, frame_entries=100)
    with bridge_thread(settings), sender(broker.port) as sent, arrivals(settings) as found:
        found.await_bridge(sent)
        sent.publish(numbered(1000))
        found.wait_for(1000)
    assert found.payloads == numbered(1000)
    assert 10 <= len(found.frames) <= 14
    assert max(len(frame.messages) for _, frame, _ in found.frames) == 100


def test_a_payload_over_64_kib_is_cut_and_described(kafka: Kafka, broker: Broker) -> None:
    settings = settings_for(kafka, broker.port)
    whole = os.urandom(200_000)
    with bridge_thread(settings), sender(broker.port) as sent, arrivals(settings) as found:
        found.await_bridge(sent)
        sent.publish([b"before", whole, b"x" * PAYLOAD_LIMIT, b""])
        found.wait_for(4)
    before, cut, limit, empty = found.messages
    assert (before.payload, before.length, limit.length, len(limit.payload)) == (b"before", None, None, PAYLOAD_LIMIT)
    assert (cut.payload, cut.length) == (whole[:PAYLOAD_LIMIT], 200_000)
    assert cut.sha256 == hashlib.sha256(whole).digest()
    assert empty.payload == b""


def test_a_bridge_killed_while_kafka_is_stalled_loses_nothing(kafka: Kafka, broker: Broker) -> None:
    settings = settings_for(kafka, broker.port)
    first = bridge_process(kafka, broker.port)
    with sender(broker.port) as sent, arrivals(settings) as found:
        found.await_bridge(sent)
        kafka.stall()
        sent.publish(numbered(300))
        os.kill(first.pid, signal.SIGKILL)
        first.wait(DEADLINE)
        sent.publish(numbered(200, first=300))
        kafka.go_on()
        second = bridge_process(kafka, broker.port)
        until(lambda: set(numbered(500)) <= set(found.read().payloads), "all 500")
        second.terminate()
        assert second.wait(DEADLINE) == 0
    assert first_seen(found.payloads) == numbered(500)


def test_a_bridge_killed_again_and_again_loses_nothing(kafka: Kafka, broker: Broker) -> None:
    settings = settings_for(kafka, broker.port)
    with sender(broker.port) as sent, arrivals(settings) as found:
        process = bridge_process(kafka, broker.port, frame_wait=0.2)
        found.await_bridge(sent)
        for round_number in range(4):
            sent.publish(numbered(250, first=250 * round_number))
            os.kill(process.pid, signal.SIGKILL)
            process.wait(DEADLINE)
            process = bridge_process(kafka, broker.port, frame_wait=0.2)
        until(lambda: set(numbered(1000)) <= set(found.read().payloads), "all 1000")
        process.terminate()
        assert process.wait(DEADLINE) == 0
    assert first_seen(found.payloads) == numbered(1000)


def test_a_bridge_told_to_stop_brings_what_it_has_to_kafka(kafka: Kafka, broker: Broker) -> None:
    settings = settings_for(kafka, broker.port, frame_wait=1.5)
    with sender(broker.port) as sent, arrivals(settings) as found:
        with bridge_thread(settings):
            found.await_bridge(sent)
            sent.publish(numbered(20), "gent/air-quality/R1")
            until(lambda: in_flight() >= 20 or len(found.read().messages) >= 20, "the bridge to have them")
        until(lambda: set(numbered(20)) <= set(found.read().payloads), "what was collected")
        # All was acknowledged: the next bridge gets nothing again.
        before = received()
        with bridge_thread(settings_for(kafka, broker.port)):
            sent.publish([b"last"])
            until(lambda: b"last" in found.read().payloads, "the last message")
    assert received() == before + 1
    assert in_flight() == 0


def test_a_bridge_told_to_stop_at_any_moment_leaves_the_rest_to_the_next(kafka: Kafka, broker: Broker) -> None:
    settings = settings_for(kafka, broker.port)
    with sender(broker.port) as sent, arrivals(settings) as found:
        for round_number in range(5):
            with bridge_thread(settings):
                found.await_bridge(sent)
                sent.publish(numbered(400, first=400 * round_number))
        with bridge_thread(settings):
            until(lambda: set(numbered(2000)) <= set(found.read().payloads), "all 2000")
    assert first_seen(found.payloads) == numbered(2000)


def test_a_broker_that_restarts_is_found_again(kafka: Kafka, broker: Broker) -> None:
    settings = settings_for(kafka, broker.port)
    with capture_logs() as logs, arrivals(settings) as found, bridge_thread(settings):
        with sender(broker.port) as sent:
            found.await_bridge(sent)
        broker.stop()
        until(lambda: "mqtt connection lost" in [line["event"] for line in logs], "the loss")
        broker.start()
        until(lambda: [line["event"] for line in logs].count("mqtt connected") == 2, "the second connection")
        with sender(broker.port) as sent:
            sent.publish(numbered(50))
        until(lambda: set(numbered(50)) <= set(found.read().payloads), "messages after the restart")
    events = [line["event"] for line in logs]
    assert events == ["mqtt connected", "mqtt connection lost", "mqtt connected"]


def test_a_bridge_started_before_the_brokers_waits_for_them(kafka: Kafka, tmp_path: Path) -> None:
    late = Broker("amqtt", tmp_path)
    settings = settings_for(kafka, late.port)
    with capture_logs() as logs, arrivals(settings) as found, bridge_thread(settings):
        until(lambda: logs, "the first failure")
        late.start()
        try:
            with sender(late.port) as sent:
                found.await_bridge(sent)
        finally:
            late.stop()
    assert [line["event"] for line in logs][:2] == [
        "mqtt broker cannot be used; trying until it can",
        "mqtt connected",
    ]


def test_while_kafka_is_stalled_the_mqtt_broker_is_drained_and_nothing_is_lost(kafka: Kafka, broker: Broker) -> None:
    settings = settings_for(kafka, broker.port)
    with arrivals(settings) as found, bridge_thread(settings), sender(broker.port) as sent:
        found.await_bridge(sent)
        kafka.stall()
        before = received()
        sent.publish(numbered(3000))
        until(lambda: received() >= before + 3000 and in_flight() == 0, "every acknowledgement")
        kafka.go_on()
        until(lambda: set(numbered(3000)) <= set(found.read().payloads), "all 3000")
    assert first_seen(found.payloads) == numbered(3000)


class NoRoom:
    """Makes every spool refuse frames while it is told to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.refuses = True
        append = Spool.append
        monkeypatch.setattr(
            Spool, "append", lambda spool, frames: Appended(0, "no room") if self.refuses else append(spool, frames)
        )


def test_a_full_spool_bounds_what_the_bridge_holds_and_loses_nothing(
    kafka: Kafka, amqtt: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The broker's window is larger than ours, and the pause outlasts the keep-alive: the connection ends, too."""
    monkeypatch.setattr(session, "KEEP_ALIVE", 1)
    settings = settings_for(kafka, amqtt.port, in_flight=200)
    bound = 200 + 1 + session._READ_BURST
    spool = NoRoom(monkeypatch)
    with capture_logs() as logs, arrivals(settings) as found, bridge_thread(settings), sender(amqtt.port) as sent:
        found.await_bridge(sent)
        kafka.stall()
        sent.publish(numbered(3000))
        until(lambda: "mqtt connection lost" in [line["event"] for line in logs], "the keep-alive to run out")
        assert 0 < in_flight() <= bound
        kafka.go_on()
        spool.refuses = False
        until(lambda: set(numbered(3000)) <= set(found.read().payloads), "all 3000")
        until(lambda: in_flight() == 0, "every acknowledgement")
    assert first_seen(found.payloads) == numbered(3000)
    assert [line["event"] for line in logs if "spool" in line["event"]] == [
        "the spool takes no more frames; senders keep what comes",
        "the spool refuses nothing any more",
    ]


def test_with_the_brokers_window_the_connection_outlives_a_full_spool(
    kafka: Kafka, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "KEEP_ALIVE", 1)
    with running("mosquitto", tmp_path) as broker:
        window = broker.settings.in_flight
        settings = settings_for(kafka, broker.port, in_flight=window)
        spool = NoRoom(monkeypatch)
        with capture_logs() as logs, arrivals(settings) as found, bridge_thread(settings), sender(broker.port) as sent:
            found.await_bridge(sent)
            kafka.stall()
            sent.publish(numbered(window + 500))
            until(lambda: in_flight() >= window - 500, "a full window")
            # paho gives up when two pass without an answer.
            start = len(logs)
            until_keep_alives_passed(3)
            assert [line for line in logs[start:] if line["event"].startswith("mqtt")] == []
            kafka.go_on()
            spool.refuses = False
            until(lambda: set(numbered(window + 500)) <= set(found.read().payloads), "everything")
    assert first_seen(found.payloads) == numbered(window + 500)
    assert [line["event"] for line in logs if line["event"].startswith("mqtt")] == ["mqtt connected"]


def until_keep_alives_passed(count: int) -> None:
    """Time is what is tested here: a connection must survive it."""
    time.sleep(count * session.KEEP_ALIVE)


def commit_as_sink(settings: Settings, sources: dict[int, int]) -> None:
    topic = Topics(settings.topic_prefix).observations
    consumer = KafkaConsumer(
        **kafka_python_options(settings), group_id=group_name(settings, SINK_GROUP), enable_auto_commit=False
    )
    places = {TopicPartition(topic, partition): source for partition, source in sources.items()}
    consumer.assign(list(places))
    consumer.commit({place: OffsetAndMetadata(1, f"{SOURCE_PREFIX}{at}", -1) for place, at in places.items()})
    consumer.close()


def test_an_embedded_kafka_never_forgets_what_the_sink_has_not_stored(kafka: Kafka, broker: Broker) -> None:
    """12 MB in one partition, of which Kafka keeps 5 MiB: without the bound the oldest would be gone."""
    settings = settings_for(kafka, broker.port)
    padding = b"x" * 4000
    wanted = [payload + padding for payload in numbered(3000)]
    with bridge_thread(settings), sender(broker.port) as sent, arrivals(settings) as found:
        found.await_bridge(sent)
        sent.publish(wanted)
        unread = 0

        def stored_by_a_slow_sink() -> bool:
            nonlocal unread
            before = len(found.frames)
            found.read()
            unread = max(unread, sum(len(m.payload) for _, f, _ in found.frames[before:] for m in f.messages))
            commit_as_sink(settings, found.offsets)
            return len(found.messages) >= 3000

        until(stored_by_a_slow_sink, "everything", seconds=90)
    assert found.payloads == wanted
    assert unread <= settings.kafka_unread_limit
