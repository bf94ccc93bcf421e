"""Several bridges, each with its cities, on a real broker: nothing twice, nothing missed, in order, whatever moves."""

import signal
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from ingest.subscriptions import Subscription, subscriptions
from stadspuls.errors import SettingsError
from stadspuls.metrics import BRIDGE_CONNECTED
from stadspuls.settings import load_settings
from tests.deploy.brokers import Broker, running, until
from tests.ingest.stage import (
    Arrivals,
    Kafka,
    Sender,
    arrivals,
    bridge_process,
    bridge_thread,
    first_seen,
    numbered,
    running_kafka,
    sender,
    settings_for,
)

GENT, BRUGGE, NOBODY = "gent/parking/P1", "brugge/parking/P1", "nobody/knows/this/topic"
IN_GENT = "gent/a/foreign/scheme"
LIMIT = 60.0
SECRET = "stadspuls-bridge-of-several"


class Stage:
    """Bridges as processes, each with a data folder of its own, at one Mosquitto and one Kafka."""

    def __init__(self, kafka: Kafka, broker: Broker, sent: Sender, found: Arrivals) -> None:
        self.kafka, self.broker, self.sent, self.found = kafka, broker, sent, found
        self._processes: list[subprocess.Popen[bytes]] = []

    def bridge(self, name: str, cities: str = "", leaves: str = "") -> "subprocess.Popen[bytes]":
        """A bridge; one of the same name has the same data folder."""
        folder = self.kafka.folder / name
        process = bridge_process(
            self.kafka,
            self.broker.port,
            folder=folder,
            STADSPULS_MQTT_CLIENT_ID=SECRET,
            STADSPULS_BRIDGE_CITIES=cities,
            STADSPULS_BRIDGE_LEAVES=leaves,
        )
        self._processes.append(process)
        return process

    def received(self, topic: str) -> list[bytes]:
        return [message.payload for message in self.found.messages if message.topic == topic]

    def wait_for(self, topic: str, payloads: list[bytes]) -> None:
        until(lambda: self.found.read() and set(payloads) <= set(self.received(topic)), f"everything of {topic}", LIMIT)

    def close(self) -> None:
        for process in self._processes:
            process.kill()
            process.wait(LIMIT)


def ended(process: "subprocess.Popen[bytes]") -> None:
    """As an engine stops a bridge that is to carry something else."""
    process.send_signal(signal.SIGTERM)
    assert process.wait(LIMIT) == 0


@contextmanager
def staged(tmp_path: Path) -> Iterator[Stage]:
    with ExitStack() as ending:
        kafka = ending.enter_context(running_kafka())
        broker = ending.enter_context(running("mosquitto", tmp_path))
        sent = ending.enter_context(sender(broker.port))
        stage = Stage(kafka, broker, sent, ending.enter_context(arrivals(settings_for(kafka))))
        ending.callback(stage.close)
        yield stage


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with staged(tmp_path) as stage:
        yield stage


def test_each_bridge_carries_its_cities_and_another_the_rest_each_message_once_and_in_order(stage: Stage) -> None:
    stage.bridge("north", cities="brugge,oostende")
    stage.bridge("gent", cities="gent")
    stage.bridge("rest", leaves="gent,brugge,oostende")
    topics = [GENT, IN_GENT, BRUGGE, "oostende/parking/P1", NOBODY]
    for topic in topics:
        stage.found.await_bridge(stage.sent, topic)
    # Those greetings may have been on their way twice, what follows is not.
    for number in numbered(400):
        for topic in topics:
            stage.sent.client.publish(topic, number, 1)
    for topic in topics:
        stage.sent.publish([b"last"], topic)
        stage.wait_for(topic, [b"last"])
    assert {topic: stage.received(topic) for topic in topics} == {key: [*numbered(400), b"last"] for key in topics}


def test_a_city_that_moves_to_another_bridge_loses_nothing_and_stays_in_order(stage: Stage) -> None:
    west, east = stage.bridge("west", cities="gent,brugge"), stage.bridge("east", cities="leuven")
    for topic in (GENT, BRUGGE, "leuven/parking/P1"):
        stage.found.await_bridge(stage.sent, topic)
    stage.sent.publish(numbered(200))
    ended(west)
    stage.sent.publish(numbered(200, first=200))  # nobody carries it now: the broker keeps it for the city's session
    west = stage.bridge("west", cities="brugge")
    stage.found.await_bridge(stage.sent, BRUGGE)
    assert first_seen(stage.received(GENT)) == numbered(200)
    ended(east)
    stage.bridge("east", cities="gent,leuven")
    stage.sent.publish(numbered(200, first=400))
    stage.wait_for(GENT, numbered(600))
    received = stage.received(GENT)
    assert first_seen(received) == numbered(600)
    # The embedded profile's spool says again at its start what no sink has stored.
    assert [payload for payload in received if payload >= b"000200"] == numbered(400, first=200)


def test_a_city_that_two_bridges_claim_is_carried_by_whoever_came_last_and_loses_nothing(stage: Stage) -> None:
    first = stage.bridge("first", cities="gent")
    stage.found.await_bridge(stage.sent)
    stage.sent.publish(numbered(200))
    stage.bridge("second", cities="gent")
    stage.sent.publish(numbered(400, first=200))
    ended(first)
    stage.sent.publish(numbered(200, first=600))
    stage.wait_for(GENT, numbered(800))
    assert sorted(first_seen(stage.received(GENT))) == numbered(800)


def test_a_city_that_gets_a_bridge_of_its_own_loses_nothing_of_what_waited_for_the_first(stage: Stage) -> None:
    rest = stage.bridge("rest")
    stage.found.await_bridge(stage.sent)
    ended(rest)
    stage.sent.publish(numbered(300))  # only the session of everything gets it
    stage.bridge("gent", cities="gent")
    stage.found.await_bridge(stage.sent)
    stage.sent.publish(numbered(100, first=300))  # both get it
    rest = stage.bridge("rest", leaves="gent")
    stage.wait_for(GENT, numbered(400))
    stage.found.await_bridge(stage.sent, NOBODY)
    stage.sent.publish(numbered(300, first=400))
    stage.sent.publish([b"last"], NOBODY)
    stage.wait_for(NOBODY, [b"last"])
    stage.wait_for(GENT, numbered(700))
    assert [payload for payload in stage.received(GENT) if payload >= b"000400"] == numbered(300, first=400)
    # And back: what was left is carried again, while the city's own session is still there.
    ended(rest)
    stage.bridge("rest")

    asked: list[bytes] = []

    def carried_by_both() -> bool:
        asked.append(b"again")
        stage.sent.publish(asked[-1:])
        return bool(stage.found.read()) and stage.received(GENT).count(b"again") > len(asked)

    until(carried_by_both, "both to carry it", LIMIT)


def test_a_bridge_of_several_cities_finds_a_broker_again_that_was_away(tmp_path: Path) -> None:
    with running_kafka() as kafka, running("mosquitto", tmp_path) as broker:
        settings = settings_for(kafka, broker.port, bridge_cities="gent,brugge,leuven")
        with arrivals(settings) as found, bridge_thread(settings):
            until(lambda: connected() == 1, "every session", LIMIT)
            broker.stop()
            until(lambda: connected() == 0, "the loss", LIMIT)
            broker.start()
            until(lambda: connected() == 1, "every session again", LIMIT)
            with sender(broker.port) as sent:
                for topic in (GENT, BRUGGE):
                    sent.publish(numbered(50), topic)
            until(lambda: len(found.read().messages) == 100, "messages after the restart", LIMIT)
        assert connected() == 0


def connected() -> float:
    (metric,) = BRIDGE_CONNECTED.collect()
    return metric.samples[0].value if metric.samples else 0


def test_sessions_are_named_after_what_they_take(tmp_path: Path) -> None:
    everything = load_settings(None, data_dir=tmp_path)
    assert subscriptions(everything) == [Subscription("#", "")]
    assert subscriptions(load_settings(None, data_dir=tmp_path / "other", bridge_cities="gent,brugge")) == [
        Subscription("gent/#", "-gent"),
        Subscription("brugge/#", "-brugge"),
    ]


def test_a_session_that_would_take_something_else_by_now_is_ended_and_not_forgotten(tmp_path: Path) -> None:
    def taken(**flags: str) -> dict[str, bool]:
        return {each.suffix: each.ended for each in subscriptions(load_settings(None, data_dir=tmp_path, **flags))}

    assert taken() == {"": False}
    (without,) = set(taken(bridge_leaves="gent")) - {""}
    assert taken(bridge_leaves="gent") == {without: False, "": True}
    assert taken(bridge_cities="gent") == {"-gent": False, without: True, "": True}
    assert taken(bridge_leaves="brugge,gent") == taken(bridge_leaves="gent,brugge")
    assert taken() | {without: True, "": False} == taken()


@pytest.mark.parametrize(
    "flags",
    [
        {"bridge_cities": "gent,"},
        {"bridge_cities": "#"},
        {"bridge_leaves": "Gent"},
        {"bridge_cities": "gent", "bridge_leaves": "brugge"},
    ],
    ids=str,
)
def test_cities_that_cannot_be_meant_stop_the_start(flags: dict[str, str]) -> None:
    with pytest.raises(SettingsError, match=r"(?i)bridge_(cities|leaves)"):
        load_settings(None, **flags)
