"""librdkafka's in-memory Kafka for a test, and what streams and the sink would write to it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from confluent_kafka import Producer
from kafka import KafkaConsumer
from kafka.structs import OffsetAndMetadata, TopicPartition

from stadspuls.log import ObservationFrame, Topics, encode_observations
from stadspuls.log.clients import SINK_GROUP, SOURCE_PREFIX, group_name, kafka_python_options
from stadspuls.model import Observation
from stadspuls.settings import Settings

PARTITION = 1


class Kafka:
    """A broker with all topics, and a producer."""

    def __init__(self) -> None:
        # The mock lives as long as this producer.
        self._broker = Producer({"bootstrap.servers": "x", "test.mock.num.brokers": 1, "log_level": 0})
        (broker,) = self._broker.list_topics().brokers.values()
        self.address = f"{broker.host}:{broker.port}"
        self._producer = Producer({"bootstrap.servers": self.address, "linger.ms": 0, "log_level": 0})
        self._topics = Topics()
        for topic in self._topics.all():
            self._producer.list_topics(topic)

    def publish(self, source: int, observations: Sequence[Observation], partition: int = PARTITION) -> None:
        frame = ObservationFrame(source, 0, 1, "", list(observations))
        self.send(self._topics.observations, encode_observations(frame), partition)

    def receive(self, partition: int = PARTITION) -> None:
        self.send(self._topics.messages, b"a message frame", partition)

    def send(self, topic: str, value: bytes, partition: int = PARTITION) -> None:
        self._producer.produce(topic, value=value, partition=partition)
        assert self._producer.flush(60) == 0

    def commit(self, settings: Settings, offset: int, source: int, partition: int = PARTITION) -> None:
        """What the sink does after it has stored."""
        consumer = KafkaConsumer(
            **kafka_python_options(settings), group_id=group_name(settings, SINK_GROUP), enable_auto_commit=False
        )
        place = TopicPartition(self._topics.observations, partition)
        consumer.assign([place])
        consumer.commit({place: OffsetAndMetadata(offset, f"{SOURCE_PREFIX}{source}", -1)})
        consumer.close()

    def stop(self) -> None:
        """End the broker; a second time changes nothing."""
        self.__dict__.pop("_producer", None)
        self.__dict__.pop("_broker", None)


@contextmanager
def running_kafka() -> Iterator[Kafka]:
    kafka = Kafka()
    try:
        yield kafka
    finally:
        kafka.stop()
