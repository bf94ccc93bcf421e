"""The publisher's process, on a real Mosquitto and Kafka in memory."""

import json
import os
import signal
import stat
from collections.abc import Iterator
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from apis.mqtt.examples import TOPIC
from stadspuls.clock import MINUTE, now_us
from stadspuls.public_broker import ACCESS, FOLDER, read_access
from stadspuls.registry import Registry
from stadspuls.settings import Settings, load_settings
from tests.apis.cities import small_registry
from tests.apis.conftest import BASE
from tests.apis.kafka import running_kafka
from tests.apis.mqtt.stage import SECONDS, Client, Stage, staged
from tests.deploy.brokers import until

SQUARE = "open/+/+/u/1/4/d/k/y/#"
STREET = "open/gent/parking/u/1/4/d/k/t/k/street"
PUBLIC = {TOPIC, STREET}


@pytest.fixture
def stage(settings: Settings, registry: Registry, tmp_path: Path) -> Iterator[Stage]:
    with running_kafka() as kafka, staged(settings, registry, tmp_path, kafka) as stage:
        yield stage


@pytest.fixture(scope="module")
def unharmed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Processes that the tests of this module share, since none of them ends one."""
    folder = tmp_path_factory.mktemp("unharmed")
    registry = small_registry(folder)
    (folder / "data").mkdir()
    settings = load_settings(None, data_dir=folder / "data", public_url=BASE)
    with running_kafka() as kafka, staged(settings, registry, folder, kafka) as stage:
        stage.start("public-mqtt", "publisher")
        yield stage


@pytest.fixture
def open_data(unharmed: Stage) -> Iterator[Stage]:
    """5 stands at the broker."""
    unharmed.publish(unharmed.one(5.0), unharmed.one(1, sensor="S1"))
    shows(unharmed.client(SQUARE), 5)
    yield unharmed
    unharmed.leave()


@pytest.fixture
def running(stage: Stage) -> Stage:
    """Processes of this test's own; 5 stands at the broker."""
    stage.start("public-mqtt", "publisher")
    stage.publish(stage.one(5.0))
    shows(stage.client(SQUARE), 5)
    return stage


def shows(client: Client, value: float) -> None:
    until(lambda: client.values(TOPIC) == [value], f"{value} at the broker", SECONDS)


def test_who_subscribes_to_a_square_gets_what_stands_at_once_and_then_every_change(open_data: Stage) -> None:
    client = open_data.client(SQUARE)
    shows(client, 5)
    assert client.got[0].retain
    document = json.loads(client.got[0].payload)
    assert (document["dataset"], document["site"]) == ("gent/parking", "https://stad.gent/id/parking/P1")
    open_data.publish(open_data.one(4.0), open_data.one(1, sensor="S1"))
    shows(client, 4)
    assert client.topics == {TOPIC}
    street = open_data.client("open/+/+/+/+/+/+/+/+/+/street")
    until(lambda: street.values(STREET) == [True], "a site wherever it lies", SECONDS)


def test_a_late_reading_never_takes_the_place_of_a_newer_one(open_data: Stage) -> None:
    now = now_us()
    open_data.publish(open_data.one(7.0, now))
    open_data.publish(open_data.one(3.0, now - MINUTE), open_data.one(0, sensor="S1"))
    street = open_data.client(STREET)
    # The frame with the late reading has been worked on when its other reading stands.
    until(lambda: street.values(STREET) == [False], "the reading behind the late one", SECONDS)
    shows(open_data.client(SQUARE), 7)


def test_only_sites_of_public_datasets_have_messages(open_data: Stage) -> None:
    hidden = open_data.one(3.0, sensor="hidden")
    station = open_data.made.one("gent/air-quality", "station-1", "no2", 41.2, now_us())
    open_data.publish(hidden, station)
    open_data.publish(open_data.one(6.0))
    everything = open_data.client("#")
    shows(everything, 6)
    assert everything.topics == PUBLIC


def test_after_a_kill_of_the_publisher_values_are_right_again(running: Stage) -> None:
    running.end("publisher")
    running.publish(running.one(4.0))
    client = running.client(SQUARE)
    shows(client, 5)
    running.start("publisher")
    shows(client, 4)


def test_after_a_kill_of_the_broker_values_are_right_again(running: Stage) -> None:
    client = running.client()
    running.end("public-mqtt")
    running.publish(running.one(1, sensor="S1"))
    running.start("public-mqtt")
    client.subscribe("open/#")
    # What has changed since, and what has not.
    until(lambda: client.values(STREET) == [True], "what was said meanwhile", SECONDS)
    shows(client, 5)
    running.publish(running.one(3.0))
    shows(client, 3)


def test_the_publisher_may_start_first_and_stops_cleanly(stage: Stage) -> None:
    stage.start("publisher")
    stage.publish(stage.one(5.0))
    until(lambda: "has not been started yet" in stage.log, "word that the broker is awaited", SECONDS)
    stage.start("public-mqtt")
    shows(stage.client(SQUARE), 5)
    assert stage.end("publisher", signal.SIGTERM) == 0
    assert stage.end("public-mqtt", signal.SIGTERM) == 0
    assert "Traceback" not in stage.log


def test_a_restarted_publisher_does_not_go_back_behind_what_stands_there(running: Stage) -> None:
    """What was published and not stored, and is no longer in Kafka, stays until the log has gone beyond it."""
    now = now_us()
    running.publish(running.one(9.0, now))
    client = running.client(SQUARE)
    shows(client, 9)
    running.end("publisher")
    running.kafka.stop()
    running.store(running.one(2.0, now - MINUTE), running.one(1, sensor="S1"))
    street = running.client(STREET)
    running.start("publisher")
    # Another site's message goes out, which comes behind the first site's.
    until(lambda: street.values(STREET) == [True], "another site", SECONDS)
    shows(running.client(SQUARE), 9)
    assert [json.loads(message.payload)["observations"][0]["value"] for message in client.got] == [5, 9]


def own_client(stage: Stage) -> mqtt.Client:
    """A connection with the publisher's own account."""
    access = read_access(stage.settings)
    assert access is not None
    client = mqtt.Client(CallbackAPIVersion.VERSION2)
    client.username_pw_set(access.username, access.password)
    client.connect(access.host, access.port)
    client.loop_start()
    return client


def test_messages_of_sites_that_are_not_public_any_more_are_taken_away(running: Stage) -> None:
    stale = {"open/aalst/parking/u/1/5/1/5/9/8/hidden", "open/gent/parking/u/1/4/d/k/y/9/P99"}
    other = own_client(running)
    for topic in stale:
        other.publish(topic, b"stale", retain=True).wait_for_publish(SECONDS)
    client = running.client("open/#")
    until(lambda: client.topics >= stale, "stale messages", SECONDS)
    other.disconnect()
    other.loop_stop()
    running.end("publisher")
    running.start("publisher")
    until(lambda: sum(not message.payload for message in client.got) == 2, "both taken away", SECONDS)
    assert {message.topic for message in client.got if not message.payload} == stale
    later = running.client("open/#")
    shows(later, 5)
    assert later.topics == {TOPIC}


def stands_alone(stage: Stage, *, value: float = 5) -> None:
    """Nothing but what the publisher has said stands at the broker."""
    client = stage.client("#")
    shows(client, value)
    assert client.topics <= PUBLIC


@pytest.mark.parametrize("topic", [TOPIC, "open/x", "gent/parking/P1", "x"])
def test_anonymous_cannot_publish_anywhere(open_data: Stage, topic: str) -> None:
    listening = open_data.client("#", "open/#")
    anonymous = open_data.client()
    anonymous.publish(topic, b"wrong")
    anonymous.publish(topic, b"wrong", qos=1)
    open_data.client(username="publisher", password="guessed").publish(topic, b"wrong")
    open_data.publish(open_data.one(4.0))
    shows(listening, 4)
    assert not [message for message in listening.got if message.payload == b"wrong"]
    stands_alone(open_data, value=4)


def test_a_last_will_of_an_anonymous_client_is_heard_by_nobody(open_data: Stage) -> None:
    listening = open_data.client("#")
    client = mqtt.Client(CallbackAPIVersion.VERSION2)
    client.will_set(TOPIC, b"wrong", retain=True)
    client.connect("127.0.0.1", open_data.port)
    refused: list[str] = []
    client.on_connect = lambda _c, _d, _f, code, _p: refused.append(str(code))
    while not refused:
        client.loop(0.1)
    connection = client.socket()
    if connection is not None:
        connection.close()
    open_data.publish(open_data.one(4.0))
    shows(listening, 4)
    assert b"wrong" not in {message.payload for message in listening.got}
    stands_alone(open_data, value=4)


def test_who_gives_a_name_may_read_as_well(open_data: Stage) -> None:
    shows(open_data.client(SQUARE, username="somebody"), 5)


def test_other_topics_are_not_there_to_be_read(open_data: Stage) -> None:
    client = open_data.client("gent/#", "$SYS/#", "+/parking/#")
    other = own_client(open_data)
    for topic in ("gent/parking/P1", "elsewhere"):
        other.publish(topic, b"wrong", retain=True)
    other.publish("open/last", b"1", qos=1).wait_for_publish(SECONDS)
    other.disconnect()
    other.loop_stop()
    stands_alone(open_data)
    assert client.got == []


def test_nothing_waits_for_a_client_that_is_away(open_data: Stage) -> None:
    open_data.client(SQUARE, name="away", clean=False).close()
    watching = open_data.client(SQUARE)
    for value in (4.0, 3.0):
        open_data.publish(open_data.one(value))
        shows(watching, value)
    back = open_data.client(name="away", clean=False)
    open_data.publish(open_data.one(2.0))
    shows(back, 2)
    assert len(back.got) == 1


def test_the_publishers_account_is_for_its_owner_alone_and_new_at_each_start(running: Stage) -> None:
    folder = running.settings.data_dir / FOLDER
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir() if file.suffix != ".pid"}
    assert set(modes) == {ACCESS, "passwords", "everyone.acl", "publisher.acl", "mosquitto.conf"}
    assert set(modes.values()) == {0o600}
    before = read_access(running.settings)
    assert before is not None
    assert before.password not in (folder / "passwords").read_text()
    assert before.password not in repr(before) + running.log
    wrong = Client(before.port, username="publisher", password="guessed")
    nobody = Client(before.port)
    until(lambda: wrong.refused and nobody.refused, "both to be refused", SECONDS)
    wrong.close()
    nobody.close()
    running.end("public-mqtt")
    running.start("public-mqtt")
    after = read_access(running.settings)
    assert after is not None
    assert after.password != before.password
    shows(running.client(SQUARE), 5)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root could give the file to another user")
def test_an_access_file_left_by_a_crash_is_written_anew(stage: Stage) -> None:
    folder = stage.settings.data_dir / FOLDER
    folder.mkdir()
    (folder / ACCESS).write_text("half")
    assert read_access(stage.settings) is None
    stage.start("public-mqtt")
    assert read_access(stage.settings) is not None
