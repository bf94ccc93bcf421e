"""The in-memory Kafka: topics, partitions, and how it is told to stop."""

import threading
from collections.abc import Iterator

import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from deploy.embedded.kafka import run_kafka
from stadspuls.log import Topics
from stadspuls.log.clients import kafka_python_options
from stadspuls.settings import Settings, load_settings
from tests.deploy.brokers import until


@pytest.fixture
def kafka() -> Iterator[Settings]:
    stop = threading.Event()
    announced: list[str] = []
    settings = load_settings(None, topic_prefix="trial")
    thread = threading.Thread(target=run_kafka, args=(settings, stop, announced.append))
    thread.start()
    try:
        until(lambda: announced, "the address")
        yield load_settings(None, topic_prefix="trial", kafka_bootstrap=announced[0])
    finally:
        stop.set()
        thread.join(10)
    assert not thread.is_alive()


def test_every_topic_exists_with_four_partitions_when_the_address_is_announced(kafka: Settings) -> None:
    assert kafka.kafka_bootstrap.startswith("127.0.0.1:")
    consumer = KafkaConsumer(**kafka_python_options(kafka))
    for topic in Topics("trial").all():
        assert consumer.partitions_for_topic(topic) == {0, 1, 2, 3}
    consumer.close()


def test_what_is_produced_is_consumed(kafka: Settings) -> None:
    producer = KafkaProducer(**kafka_python_options(kafka), acks="all", enable_idempotence=True)
    topic = Topics("trial").messages
    offsets = [producer.send(topic, b"%d" % n, partition=2).get(10).offset for n in range(3)]
    producer.close()
    assert offsets == [0, 1, 2]
    consumer = KafkaConsumer(**kafka_python_options(kafka), auto_offset_reset="earliest")
    consumer.assign([TopicPartition(topic, 2)])
    values: list[bytes] = []

    def three() -> bool:
        values.extend(record.value for batch in consumer.poll(200).values() for record in batch)
        return len(values) >= 3

    until(three, "three records")
    consumer.close()
    assert values == [b"0", b"1", b"2"]
