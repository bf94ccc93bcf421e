"""What a worker knows when it takes a partition over: in-memory Kafka and a real SQLite store."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka import Producer
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.structs import OffsetAndMetadata

from stadspuls.log import ObservationFrame, Topics, encode_observations, partition_of
from stadspuls.log.clients import SINK_GROUP, group_name, kafka_python_options
from stadspuls.model import Observation, Quality
from stadspuls.registry import Registry
from stadspuls.settings import Settings, load_settings
from store.backends import open_reader, open_writer
from streams.state import PartitionState
from streams.takeover import recover
from tests.streams.small_city import NOW, small_registry

PARTITION = partition_of("gent/parking", 4)


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Settings]:
    broker = Producer({"bootstrap.servers": "none", "test.mock.num.brokers": 1})
    for topic in Topics().all():
        broker.list_topics(topic, timeout=10)
    address = next(iter(broker.list_topics(timeout=10).brokers.values()))
    yield load_settings(None, kafka_bootstrap=f"{address.host}:{address.port}", data_dir=tmp_path)
    del broker


def observation(registry: Registry, n: int, value: float | None = None) -> Observation:
    stream = registry.datasets["gent/parking"].datastream("P1", "vacantSpaces")
    assert stream is not None
    return Observation(stream, NOW + n, NOW + n, NOW + n, float(n) if value is None else value, Quality.GOOD)


def publish(settings: Settings, *frames: ObservationFrame) -> None:
    producer = KafkaProducer(**kafka_python_options(settings))
    for frame in frames:
        producer.send(Topics().observations, encode_observations(frame), partition=PARTITION).get(10)
    producer.close()


def stored_up_to(settings: Settings, offset: int) -> None:
    consumer = KafkaConsumer(
        group_id=group_name(settings, SINK_GROUP), enable_auto_commit=False, **kafka_python_options(settings)
    )
    place = TopicPartition(Topics().observations, PARTITION)
    consumer.assign([place])
    consumer.commit({place: OffsetAndMetadata(offset, "", -1)})
    consumer.close()


def recovered(settings: Settings) -> PartitionState:
    reader = open_reader(settings)
    try:
        return asyncio.run(recover(settings, small_registry(), reader, PARTITION))
    finally:
        reader.close()


def frame(source: int, *observations: Observation, part: int = 0, parts: int = 1) -> ObservationFrame:
    return ObservationFrame(source, part, parts, "v", list(observations))


def test_an_empty_log_and_an_empty_store_begin_at_the_beginning(settings: Settings) -> None:
    state = recovered(settings)
    assert state.source_offset == -1
    assert state.dataset("gent/parking").newest == {}


def test_the_last_frame_says_where_to_go_on(settings: Settings, registry: Registry) -> None:
    publish(settings, frame(40, observation(registry, 1)), frame(41), frame(42, observation(registry, 2)))
    state = recovered(settings)
    assert state.source_offset == 42
    known = state.dataset("gent/parking")
    assert known.last_published == NOW + 2
    assert known.newest["P1", "vacantSpaces"].value == 2.0
    assert ("P1", "vacantSpaces", NOW + 1) in known.recent


def test_a_frame_whose_last_part_is_missing_is_worked_through_again(settings: Settings, registry: Registry) -> None:
    publish(settings, frame(41), frame(42, observation(registry, 1), part=0, parts=2))
    state = recovered(settings)
    assert state.source_offset == 41
    assert ("P1", "vacantSpaces", NOW + 1) in state.dataset("gent/parking").recent


def test_what_the_store_has_is_known_without_reading_the_log_again(settings: Settings, registry: Registry) -> None:
    stored = [frame(n, observation(registry, n)) for n in range(200)]
    writer = open_writer(settings)
    writer.write(stored)
    writer.close()
    publish(settings, *stored, frame(200, observation(registry, 200)))
    stored_up_to(settings, 200)
    state = recovered(settings)
    known = state.dataset("gent/parking")
    assert state.source_offset == 200
    assert known.last_published == NOW + 200
    assert known.newest["P1", "vacantSpaces"].observed_at == NOW + 200
    assert len(known.recent) < 100


def test_after_a_restart_of_everything_the_store_alone_is_remembered(settings: Settings, registry: Registry) -> None:
    writer = open_writer(settings)
    writer.write([frame(7, observation(registry, 5))])
    writer.close()
    state = recovered(settings)
    known = state.dataset("gent/parking")
    assert state.source_offset == -1
    assert known.last_published == NOW + 5
    assert known.newest["P1", "vacantSpaces"].value == 5.0


def test_what_is_published_and_not_stored_yet_is_read_however_much_it_is(
    settings: Settings, registry: Registry
) -> None:
    publish(settings, *[frame(n, observation(registry, n)) for n in range(100)])
    stored_up_to(settings, 10)
    known = recovered(settings).dataset("gent/parking")
    assert len(known.recent) == 90


def test_an_unreadable_record_is_counted_and_passed_over(settings: Settings, registry: Registry) -> None:
    publish(settings, frame(1, observation(registry, 1)))
    producer = KafkaProducer(**kafka_python_options(settings))
    producer.send(Topics().observations, b"damage", partition=PARTITION).get(10)
    producer.close()
    assert recovered(settings).source_offset == 1
