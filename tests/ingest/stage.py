"""A bridge between real brokers: a Kafka process, an MQTT broker, senders, and a reader of what arrived."""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import paho.mqtt.client as mqtt
from kafka import KafkaConsumer, TopicPartition
from paho.mqtt.enums import CallbackAPIVersion

from ingest.service import run_bridge
from stadspuls.log import MessageFrame, Topics, decode_messages
from stadspuls.log.clients import kafka_python_options
from stadspuls.metrics import MESSAGES_IN_FLIGHT, MESSAGES_RECEIVED
from stadspuls.model import Message
from stadspuls.settings import Settings, load_settings
from tests.deploy.brokers import DEADLINE, until
from tests.streams.small_city import small_registry

GREETING = b"hello"
START = 60.0
"""Seconds for a bridge to start, on a busy machine."""

_RUN_KAFKA = """
from deploy.embedded.kafka import run_kafka
from stadspuls.service import stop_on_signal
from stadspuls.settings import load_settings
run_kafka(load_settings(None), stop_on_signal(), lambda address: print(address, flush=True))
"""
_RUN_BRIDGE = """
import sys, pathlib
from ingest.service import run_bridge
from stadspuls.service import stop_on_signal
from stadspuls.settings import load_settings
from tests.streams.small_city import small_registry
settings = load_settings(
    None,
    mqtt_port=int(sys.argv[1]),
    kafka_bootstrap=sys.argv[2],
    frame_wait=float(sys.argv[3]),
    data_dir=pathlib.Path(sys.argv[4]),
)
run_bridge(settings, small_registry(), stop_on_signal())
"""


class Kafka:
    """The in-memory Kafka in a process that a test may stall or kill, and the data folder of its bridges."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._process = subprocess.Popen([sys.executable, "-c", _RUN_KAFKA], stdout=subprocess.PIPE)
        assert self._process.stdout is not None
        self.address = self._process.stdout.readline().decode().strip()

    def stall(self) -> None:
        os.kill(self._process.pid, signal.SIGSTOP)

    def go_on(self) -> None:
        os.kill(self._process.pid, signal.SIGCONT)

    def close(self) -> None:
        assert self._process.stdout is not None
        self._process.kill()
        self._process.wait(DEADLINE)
        self._process.stdout.close()


@contextlib.contextmanager
def running_kafka() -> Iterator[Kafka]:
    with tempfile.TemporaryDirectory() as folder:
        kafka = Kafka(Path(folder))
        try:
            yield kafka
        finally:
            kafka.close()


def settings_for(kafka: Kafka, mqtt_port: int = 1883, **flags: object) -> Settings:
    given = {"mqtt_port": mqtt_port, "kafka_bootstrap": kafka.address, "data_dir": kafka.folder, **flags}
    return load_settings(None, **given)


@contextlib.contextmanager
def bridge_thread(settings: Settings) -> Iterator[threading.Event]:
    """A bridge in this process; fails when it ends by itself or does not end when told."""
    stop = threading.Event()
    failures: list[BaseException] = []

    def run() -> None:
        try:
            run_bridge(settings, small_registry(), stop)
        except BaseException as error:
            failures.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield stop
    finally:
        stop.set()
        thread.join(DEADLINE)
    assert failures == []
    assert not thread.is_alive()


def bridge_process(
    kafka: Kafka, mqtt_port: int, frame_wait: float = 0.05, folder: Path | None = None, **environment: str
) -> "subprocess.Popen[bytes]":
    arguments = [str(mqtt_port), kafka.address, str(frame_wait), str(folder or kafka.folder)]
    return subprocess.Popen([sys.executable, "-c", _RUN_BRIDGE, *arguments], env={**os.environ, **environment})


class Arrivals:
    """What is on topic `messages`, read again and again from where it was left."""

    def __init__(self, settings: Settings) -> None:
        self.frames: list[tuple[int, MessageFrame, int]] = []
        """Partition, frame, record timestamp; without greetings."""
        self.offsets: dict[int, int] = {}
        """Per partition the newest offset."""
        self.greetings: Counter[str] = Counter()
        topic = Topics(settings.topic_prefix).messages
        self._consumer = KafkaConsumer(**kafka_python_options(settings), auto_offset_reset="earliest")
        self._consumer.assign([TopicPartition(topic, partition) for partition in range(settings.partitions)])

    @property
    def messages(self) -> list[Message]:
        return [message for _, frame, _ in self.frames for message in frame.messages]

    @property
    def payloads(self) -> list[bytes]:
        return [message.payload for message in self.messages]

    def read(self) -> "Arrivals":
        for place, records in self._consumer.poll(100).items():
            for record in records:
                self.offsets[place.partition] = record.offset
                self._take(place.partition, decode_messages(record.value), record.timestamp)
        return self

    def _take(self, partition: int, frame: MessageFrame, timestamp: int) -> None:
        wanted = [message for message in frame.messages if message.payload != GREETING]
        self.greetings.update(message.topic for message in frame.messages if message.payload == GREETING)
        frame.messages = wanted
        if wanted:
            self.frames.append((partition, frame, timestamp))

    def await_bridge(self, sender: "Sender", topic: str = "gent/parking/P1") -> None:
        """Greet until a greeting arrives: a bridge has its subscription."""
        before = self.greetings[topic]

        def arrived() -> bool:
            sender.publish([GREETING], topic)
            self.read()
            return self.greetings[topic] > before

        until(arrived, "the bridge", START)

    def wait_for(self, count: int) -> None:
        until(lambda: len(self.read().messages) >= count, f"{count} messages in Kafka")

    def close(self) -> None:
        self._consumer.close()


@contextlib.contextmanager
def arrivals(settings: Settings) -> Iterator[Arrivals]:
    found = Arrivals(settings)
    try:
        yield found
    finally:
        found.close()


class Sender:
    """Publishes and waits for the broker's acknowledgements."""

    def __init__(self, port: int) -> None:
        self.client = mqtt.Client(CallbackAPIVersion.VERSION2, "sender")
        self.client.max_inflight_messages_set(500)
        self.client.connect("127.0.0.1", port)
        self.client.loop_start()
        until(self.client.is_connected, "the sender to be connected")

    def publish(self, payloads: list[bytes], topic: str = "gent/parking/P1", qos: int = 1) -> None:
        for info in [self.client.publish(topic, payload, qos) for payload in payloads]:
            info.wait_for_publish(DEADLINE)
            assert info.is_published()

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()


@contextlib.contextmanager
def sender(port: int) -> Iterator[Sender]:
    made = Sender(port)
    try:
        yield made
    finally:
        made.close()


def numbered(count: int, first: int = 0) -> list[bytes]:
    return [b"%06d" % number for number in range(first, first + count)]


def in_flight() -> float:
    """What the bridge in this process says it holds."""
    (metric,) = MESSAGES_IN_FLIGHT.collect()
    return metric.samples[0].value


def received() -> float:
    """How many messages the bridges of this process have received."""
    (metric,) = MESSAGES_RECEIVED.collect()
    return next(sample.value for sample in metric.samples if sample.name.endswith("_total"))


def first_seen(payloads: list[bytes]) -> list[bytes]:
    """Each payload once, in order of its first arrival."""
    return list(dict.fromkeys(payloads))
