"""From a sensor to a phone: the whole embedded platform with its public MQTT broker."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from deploy.embedded.mqtt import find_mosquitto
from stadspuls.clock import now_us, rfc3339
from tests.deploy.brokers import answers
from tests.platform.running import Platform, eventually, free_port

LIMIT = 60.0
TOPIC = "open/gent/parking/u/1/4/d/k/y/9/P1"


@pytest.fixture
def public_port() -> int:
    return free_port()


@pytest.fixture
def platform(tmp_path: Path, public_port: int) -> Iterator[Platform]:
    if not find_mosquitto():
        pytest.skip("mosquitto is not installed: install the package `mosquitto` to run this test")
    platform = Platform(tmp_path / "data", PUBLIC_MQTT_PORT=str(public_port))
    platform.start()
    eventually(lambda: answers(public_port), LIMIT)
    yield platform
    assert platform.stop() == 0


@pytest.mark.platform
def test_what_a_sensor_says_is_seen_by_a_phone_in_the_square(platform: Platform, public_port: int) -> None:
    got: list[MQTTMessage] = []
    phone = Client(CallbackAPIVersion.VERSION2)
    phone.on_connect = lambda client, *_: client.subscribe("open/#")
    phone.on_message = lambda _client, _data, message: got.append(message)
    phone.connect("127.0.0.1", public_port)
    phone.loop_start()
    message = {"time": rfc3339(now_us()), "vacantSpaces": 123}
    # On the sensors' broker anyone may say so; it is not what is published.
    platform.publish([("open/gent/parking/u/1/4/d/k/y/9/P2", message), ("gent/parking/P1", message)])
    eventually(lambda: got, LIMIT)
    assert {each.topic for each in got} == {TOPIC}
    (observation,) = json.loads(got[-1].payload)["observations"]
    assert (observation["sensor"], observation["value"]) == ("P1", 123)
    eventually(lambda: platform.metric("stadspuls_rejected_total", reason="unregistered") == 1, LIMIT)
    eventually(lambda: platform.metric("stadspuls_publisher_messages_total") >= 1, LIMIT)
    assert platform.metric("stadspuls_publisher_connected") == 1
    assert platform.metric("stadspuls_publisher_sites") == 1
    phone.disconnect()
    phone.loop_stop()
    assert f"mqtt://127.0.0.1:{public_port}" in platform.output.read_text()
