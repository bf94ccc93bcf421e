"""An in-memory Kafka: the broker inside librdkafka, alive as long as the process that runs it."""

import logging
import threading
from collections.abc import Callable

from confluent_kafka import KafkaException, Producer

from stadspuls.errors import LogError
from stadspuls.heartbeat import beat
from stadspuls.log import Topics
from stadspuls.settings import Settings

START_SECONDS = 10.0
BEAT_SECONDS = 10.0
"""The broker works in threads of librdkafka's own: this says that the process lives."""

_silent = logging.getLogger("stadspuls.embedded.kafka")
_silent.addHandler(logging.NullHandler())
_silent.propagate = False


def run_kafka(settings: Settings, stop: threading.Event, announce: Callable[[str], None]) -> None:
    """Serve the topics until told to stop; `announce` gets the address, `127.0.0.1:port`, once they all exist.

    Four partitions a topic. Nothing is on disk: what is in it ends with the process.

    Raises:
        LogError: when the broker does not start, or has another partition count than the settings.
    """
    # The broker belongs to this producer, which sends nothing itself; its only log line says so.
    broker = Producer({"bootstrap.servers": "127.0.0.1", "test.mock.num.brokers": 1}, logger=_silent)
    try:
        address = _address(broker)
        for topic in Topics(settings.topic_prefix).all():
            _create(broker, topic, settings.partitions)
    except KafkaException as error:
        raise LogError(f"the in-memory Kafka did not start: {error}") from error
    announce(address)
    beat()
    while not stop.wait(BEAT_SECONDS):
        beat()


def _address(broker: Producer) -> str:
    (member,) = broker.list_topics(timeout=START_SECONDS).brokers.values()
    return f"{member.host}:{member.port}"


def _create(broker: Producer, topic: str, partitions: int) -> None:
    """A topic appears when it is first asked for."""
    found = len(broker.list_topics(topic, timeout=START_SECONDS).topics[topic].partitions)
    if found != partitions:
        raise LogError(f"topic {topic} has {found} partitions, the settings say {partitions}")
