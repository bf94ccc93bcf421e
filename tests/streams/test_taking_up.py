"""A writer goes on with another registry between two frames: in-memory Kafka and a real SQLite store."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from confluent_kafka import Producer
from kafka import KafkaConsumer, TopicPartition

from stadspuls.log import ObservationFrame, Topics, decode_observations, encode_messages, partition_of
from stadspuls.log.clients import kafka_python_options
from stadspuls.model import Message, Observation, Quality
from stadspuls.registry import Registry
from stadspuls.settings import Settings, load_settings
from store.backends import open_reader, open_writer
from streams.writer import PartitionWriter
from tests.streams.small_city import NOW, small_registry

DATASET = "gent/parking"
PARTITION = partition_of(DATASET, 4)


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Settings]:
    broker = Producer({"bootstrap.servers": "none", "test.mock.num.brokers": 1})
    for topic in Topics().all():
        broker.list_topics(topic, timeout=10)
    address = next(iter(broker.list_topics(timeout=10).brokers.values()))
    yield load_settings(None, kafka_bootstrap=f"{address.host}:{address.port}", data_dir=tmp_path)
    del broker


def without_parking() -> Registry:
    whole = small_registry()
    city = whole.cities["gent"]
    datasets = {slug: dataset for slug, dataset in city.datasets.items() if slug != "parking"}
    object.__setattr__(city, "datasets", datasets)
    return Registry({"gent": city}, whole.themes, "before")


class Event(SimpleNamespace):
    """What Faust gives for a record."""

    def __init__(self, offset: int, value: bytes) -> None:
        super().__init__(message=SimpleNamespace(offset=offset, value=value))
        self.done = asyncio.Event()

    def ack(self) -> None:
        self.done.set()


def sent(*vacant: tuple[float, int]) -> bytes:
    return encode_messages(
        [Message(f"{DATASET}/P1", b'{"time": %d, "vacantSpaces": %d}' % (at // 1000, n), NOW + 1) for n, at in vacant],
        "v",
    )


def test_a_dataset_that_comes_back_is_known_with_its_history(settings: Settings) -> None:
    registry = small_registry()
    stream = registry.datasets[DATASET].datastream("P1", "vacantSpaces")
    assert stream is not None
    writer = open_writer(settings)
    writer.write([ObservationFrame(0, 0, 1, "v", [Observation(stream, NOW, NOW, NOW, 5.0, Quality.GOOD)])])
    writer.close()
    reader = open_reader(settings)

    async def work() -> None:
        partition = PartitionWriter(settings, without_parking(), reader, PARTITION)
        await partition.start()
        partition.take_up(registry)
        event = Event(0, sent((5, NOW), (6, NOW + 1_000)))
        await partition.put(event)
        await asyncio.wait_for(event.done.wait(), 60)
        await partition.stop()

    asyncio.run(work())
    reader.close()
    [frame] = published(settings)
    # The repetition of what the store has is not published again.
    assert [o.value for o in frame.observations] == [6.0]
    assert frame.registry == registry.version


def test_the_frame_after_a_change_is_worked_with_the_new_registry(settings: Settings) -> None:
    registry = small_registry()
    again = Registry(registry.cities, registry.themes, "afterwards")
    reader = open_reader(settings)

    async def work() -> None:
        partition = PartitionWriter(settings, registry, reader, PARTITION)
        await partition.start()
        for offset in (0, 1):
            event = Event(offset, sent((offset, NOW + offset * 1_000)))
            await partition.put(event)
            await asyncio.wait_for(event.done.wait(), 60)
            partition.take_up(again)
        await partition.stop()

    asyncio.run(work())
    reader.close()
    assert [frame.registry for frame in published(settings)] == ["0123456789ab", "afterwards"]


def published(settings: Settings) -> list[ObservationFrame]:
    consumer = KafkaConsumer(**kafka_python_options(settings))
    place = TopicPartition(Topics().observations, PARTITION)
    consumer.assign([place])
    consumer.seek_to_beginning(place)
    end = consumer.end_offsets([place])[place]
    frames: list[ObservationFrame] = []
    while consumer.position(place) < end:
        for records in consumer.poll(500).values():
            frames += [decode_observations(record.value) for record in records]
    consumer.close()
    return frames
