"""An in-memory Kafka with a published log to read, and a sink that reads it."""

import threading
import time
from collections.abc import Callable, Iterable
from itertools import count
from types import TracebackType
from typing import Any

from confluent_kafka import Producer
from kafka import KafkaConsumer, TopicPartition
from prometheus_client import REGISTRY

from stadspuls.log import ObservationFrame, Topics, encode_observations
from stadspuls.log.clients import SINK_GROUP, group_name, kafka_python_options, stored_source
from stadspuls.registry import Registry
from stadspuls.settings import Settings
from store.sink import run_sink

DEADLINE = 30.0
EMPTY_REGISTRY = Registry({}, {}, "000000000000")
_prefixes = count()


def until(condition: Callable[[], object], what: str) -> None:
    """Poll until it holds; fails naming what did not come."""
    deadline = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < deadline, f"waited {DEADLINE} s for {what}"
        time.sleep(0.02)


def counted(name: str, **labels: str) -> float:
    """What a metric of this process says; 0 when it never counted."""
    return REGISTRY.get_sample_value(f"stadspuls_{name}", labels) or 0.0


class Broker:
    """librdkafka's in-memory broker."""

    def __init__(self) -> None:
        self._owner = Producer({"bootstrap.servers": "127.0.0.1", "test.mock.num.brokers": 1, "log_level": 0})
        (member,) = self._owner.list_topics(timeout=10).brokers.values()
        self.address = f"{member.host}:{member.port}"

    def fresh_prefix(self) -> str:
        """A prefix below which the topics exist and are empty."""
        prefix = f"test{next(_prefixes)}"
        for topic in Topics(prefix).all():
            self._owner.list_topics(topic, timeout=10)
        return prefix


class PublishedLog:
    """Writes the topics that a sink reads, and says what the sink committed."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.topics = Topics(settings.topic_prefix)
        self._producer = Producer({"bootstrap.servers": settings.kafka_bootstrap, "linger.ms": 0, "log_level": 0})
        self._asking: KafkaConsumer | None = None

    def publish(self, frames: Iterable[ObservationFrame], partition: int = 0) -> None:
        for frame in frames:
            self.put(self.topics.observations, encode_observations(frame), partition)
        self.flush()

    def put(self, topic: str, record: bytes, partition: int = 0) -> None:
        self._producer.produce(topic, record, partition=partition)

    def flush(self) -> None:
        assert self._producer.flush(10) == 0

    def committed(self, partition: int = 0, topic: str | None = None) -> tuple[int, str] | None:
        """Offset and metadata that the sink's group has committed."""
        if self._asking is None:
            options: dict[str, Any] = kafka_python_options(self.settings)
            self._asking = KafkaConsumer(**options, group_id=group_name(self.settings, SINK_GROUP))
        place = TopicPartition(topic or self.topics.observations, partition)
        found = self._asking.committed(place, metadata=True)
        return (found.offset, found.metadata) if found else None

    def until_committed(self, offset: int, metadata: str, partition: int = 0, topic: str | None = None) -> None:
        until(lambda: self.committed(partition, topic) == (offset, metadata), f"the commit of {offset}, {metadata}")

    def until_stored(self, source: int) -> None:
        """Until the commit says that everything through a source offset is stored."""
        until(lambda: stored_source((self.committed() or (0, ""))[1]) >= source, f"source {source}")

    def close(self) -> None:
        if self._asking is not None:
            self._asking.close(autocommit=False)


class RunningSink:
    """A sink in a thread, until the block ends; raises what the sink raised."""

    def __init__(self, settings: Settings, registry: Registry = EMPTY_REGISTRY) -> None:
        self.stop = threading.Event()
        self.error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, args=(settings, registry))

    def _run(self, settings: Settings, registry: Registry) -> None:
        try:
            run_sink(settings, self.stop, registry)
        except BaseException as error:
            self.error = error

    def join(self) -> None:
        self._thread.join(DEADLINE)
        assert not self._thread.is_alive(), "the sink did not end"

    def __enter__(self) -> "RunningSink":
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop.set()
        self.join()
        if self.error is not None and error is None:
            raise self.error
