"""Kafka away under load: the spool takes what comes, MQTT is drained, and Kafka gets it in order afterwards."""

import gc
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from deploy.servers.running import Running
from stadspuls.log.admin import ensure_topics
from stadspuls.metrics import SPOOL_AGE
from stadspuls.settings import Profile, Settings, load_settings
from tests.deploy.brokers import until
from tests.ingest.stage import Arrivals, Sender, arrivals, bridge_thread, first_seen, in_flight, numbered, sender
from tests.real.serving import StartServer

AWAY_SECONDS = 20.0
TOPICS = ("gent/parking/P1", "gent/air-quality/R1", "nobody/knows/this/topic")
BATCH = 100

# kafka-python forgets the sockets of failed attempts to connect; the garbage collector closes them.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")

Away = tuple[Callable[[Running], None], Callable[[Running], None]]


@pytest.fixture(autouse=True)
def forgotten_sockets() -> Iterator[None]:
    yield
    # While the warning is still expected.
    gc.collect()


@pytest.fixture
def mosquitto(start_server: StartServer) -> Running:
    return start_server("mosquitto")


@pytest.fixture
def kafka(start_server: StartServer) -> Running:
    return start_server("kafka")


@pytest.fixture
def settings(mosquitto: Running, kafka: Running, tmp_path: Path) -> Settings:
    settings = load_settings(
        None,
        profile=Profile.REAL,
        mqtt_port=mosquitto.port,
        kafka_bootstrap=str(kafka.address),
        topic_prefix=f"t{uuid.uuid4().hex[:12]}",
        data_dir=tmp_path / "data",
    )
    ensure_topics(settings)
    return settings


class Load:
    """Sends numbered payloads to every topic, batch by batch."""

    def __init__(self, sent: Sender) -> None:
        self.count = 0
        self._sent = sent

    def send(self) -> None:
        for topic in TOPICS:
            self._sent.publish([b"%b %b" % (topic.encode(), n) for n in numbered(BATCH, first=self.count)], topic)
        self.count += BATCH

    def expected(self, topic: str) -> list[bytes]:
        return [b"%b %b" % (topic.encode(), number) for number in numbered(self.count)]


def age() -> float:
    (metric,) = SPOOL_AGE.collect()
    return metric.samples[0].value


def received(found: Arrivals, topic: str) -> list[bytes]:
    return first_seen([message.payload for message in found.messages if message.topic == topic])


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    "away",
    [(Running.stop, Running.start), (Running.kill, Running.start), (Running.pause, Running.resume)],
    ids=["stopped", "killed", "paused"],
)
def test_kafka_away_for_twenty_seconds_drains_mqtt_and_gets_everything_in_order(
    settings: Settings, mosquitto: Running, kafka: Running, away: Away
) -> None:
    go, come_back = away
    with arrivals(settings) as found, bridge_thread(settings), sender(mosquitto.port) as sent:
        found.await_bridge(sent)
        load = Load(sent)
        load.send()
        go(kafka)
        back_at = time.monotonic() + AWAY_SECONDS
        while time.monotonic() < back_at:
            load.send()
            # Kafka has none of it: the disk does, and so Mosquitto has nothing left to lose.
            until(lambda: in_flight() == 0, "every acknowledgement")
        assert age() > AWAY_SECONDS / 2
        come_back(kafka)
        for _ in range(20):
            load.send()
        until(lambda: age() == 0 and in_flight() == 0, "the spool to be sent", seconds=90)
        wanted = len(TOPICS) * load.count
        until(lambda: sum(len(received(found.read(), topic)) for topic in TOPICS) == wanted, "everything", seconds=90)
    for topic in TOPICS:
        assert received(found, topic) == load.expected(topic)
