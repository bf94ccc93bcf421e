"""Both embedded MQTT brokers keep what a bridge needs kept."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import paho.mqtt.client as mqtt
import psutil
import pytest
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from deploy.embedded import mqtt as embedded
from deploy.embedded.mqtt import MESSAGE_LIMIT, chosen_broker, mosquitto_command, mosquitto_configuration
from stadspuls.errors import SettingsError
from stadspuls.settings import load_settings
from tests.deploy.brokers import BROKERS, Broker, free_port, running, until

# A bridge that never acknowledges; it prints a line for each message it holds.
_HOLDER = """
import sys, paho.mqtt.client as mqtt
client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, "bridge", clean_session=False, manual_ack=True)
client.on_connect = lambda c, *a: c.subscribe("#", 1)
client.on_subscribe = lambda *a: print("ready", flush=True)
client.on_message = lambda c, u, m: print(m.payload.decode(), flush=True)
client.connect("127.0.0.1", int(sys.argv[1]))
client.loop_forever()
"""


@pytest.fixture(params=BROKERS)
def broker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Broker]:
    with running(request.param, tmp_path) as broker:
        yield broker


class Client:
    """A paho client that remembers what it got and whether each came again."""

    def __init__(self, broker: Broker, name: str, clean: bool = True, acknowledge: bool = True) -> None:
        self.got: list[bytes] = []
        self.again: list[bool] = []
        self.retained: list[bool] = []
        self._subscribed: list[int] = []
        self._acknowledge = acknowledge
        self.mqtt = mqtt.Client(
            CallbackAPIVersion.VERSION2, name, clean_session=clean, protocol=mqtt.MQTTv311, manual_ack=True
        )
        self.mqtt.on_message = self._on_message
        self.mqtt.on_subscribe = lambda _c, _u, mid, _codes, _p: self._subscribed.append(mid)
        self.mqtt.connect("127.0.0.1", broker.port)
        self.mqtt.loop_start()
        until(self.mqtt.is_connected, f"{name} to be connected")

    def _on_message(self, client: mqtt.Client, _userdata: object, message: mqtt.MQTTMessage) -> None:
        self.got.append(bytes(message.payload))
        self.again.append(message.dup)
        self.retained.append(message.retain)
        if self._acknowledge:
            client.ack(message.mid, message.qos)

    def subscribe(self, topic_filter: str = "#", qos: int = 1) -> "Client":
        before = len(self._subscribed)
        self.mqtt.subscribe(topic_filter, qos)
        until(lambda: len(self._subscribed) > before, "SUBACK")
        return self

    def publish(
        self, payloads: list[bytes], topic: str = "gent/parking/p1", qos: int = 1, retain: bool = False
    ) -> None:
        for info in [self.mqtt.publish(topic, payload, qos, retain) for payload in payloads]:
            info.wait_for_publish(30)
            assert info.is_published()

    def stay_away(self) -> None:
        """Do not come back by itself when the connection ends."""
        self.mqtt.on_disconnect = self._leave

    def _leave(
        self, client: mqtt.Client, _u: object, _f: mqtt.DisconnectFlags, _r: ReasonCode, _p: Properties | None
    ) -> None:
        client.loop_stop()

    def close(self) -> None:
        self.mqtt.disconnect()
        self.mqtt.loop_stop()


def numbered(count: int, first: int = 0) -> list[bytes]:
    return [b"%06d" % number for number in range(first, first + count)]


def test_messages_for_an_absent_session_are_kept_in_order(broker: Broker) -> None:
    Client(broker, "bridge", clean=False).subscribe().close()
    sender = Client(broker, "sender")
    sender.publish(numbered(500))
    bridge = Client(broker, "bridge", clean=False)
    until(lambda: len(bridge.got) >= 500, "500 messages")
    assert bridge.got == numbered(500)
    bridge.close()
    sender.close()


def test_what_a_killed_bridge_had_not_acknowledged_comes_again(broker: Broker) -> None:
    holder = subprocess.Popen([sys.executable, "-c", _HOLDER, str(broker.port)], stdout=subprocess.PIPE)
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"ready\n"
    sender = Client(broker, "sender")
    sender.publish(numbered(300))
    assert [holder.stdout.readline().strip() for _ in range(300)] == numbered(300)
    os.kill(holder.pid, signal.SIGKILL)
    holder.wait()
    holder.stdout.close()
    sender.publish(numbered(200, first=300))
    bridge = Client(broker, "bridge", clean=False)
    until(lambda: len(bridge.got) >= 500, "everything again")
    assert bridge.got == numbered(500)
    assert bridge.again == [True] * 300 + [False] * 200
    bridge.close()
    sender.close()


def test_an_acknowledged_message_does_not_come_again(broker: Broker) -> None:
    first = Client(broker, "bridge", clean=False).subscribe()
    sender = Client(broker, "sender")
    sender.publish(numbered(50))
    until(lambda: len(first.got) == 50, "50 messages")
    # A later answer on the same connection shows that the broker has read the acknowledgements.
    first.subscribe("other")
    first.close()
    second = Client(broker, "bridge", clean=False)
    sender.publish([b"last"])
    until(lambda: second.got, "the last message")
    assert second.got == [b"last"]
    second.close()
    sender.close()


def test_a_second_connection_of_the_same_client_takes_over(broker: Broker) -> None:
    first = Client(broker, "bridge", clean=False, acknowledge=False).subscribe()
    sender = Client(broker, "sender")
    sender.publish(numbered(10))
    until(lambda: len(first.got) == 10, "10 messages")
    first.stay_away()
    second = Client(broker, "bridge", clean=False)
    sender.publish(numbered(10, first=10))
    until(lambda: len(second.got) >= 20, "what the first left, and the rest")
    assert second.got == numbered(20)
    second.close()
    sender.close()
    first.close()


def test_a_sender_that_leaves_at_once_loses_nothing(broker: Broker) -> None:
    bridge = Client(broker, "bridge", clean=False).subscribe()
    for round_number in range(3):
        sender = Client(broker, "sender")
        sender.publish(numbered(400, first=400 * round_number))
        sender.close()
    until(lambda: len(bridge.got) >= 1200, "1200 messages")
    assert bridge.got == numbered(1200)
    bridge.close()


def test_qos_2_and_qos_0_arrive_once(broker: Broker) -> None:
    bridge = Client(broker, "bridge", clean=False).subscribe()
    sender = Client(broker, "sender")
    sender.publish(numbered(50), qos=2)
    sender.publish(numbered(50, first=50), qos=0)
    sender.publish([b"last"])
    until(lambda: b"last" in bridge.got, "the last message")
    assert bridge.got == [*numbered(100), b"last"]
    bridge.close()
    sender.close()


def test_a_retained_message_is_sent_to_who_subscribes_later_and_to_nobody_else(broker: Broker) -> None:
    sender = Client(broker, "sender")
    sender.publish([b"kept"], retain=True)
    bystander = Client(broker, "bystander")
    bridge = Client(broker, "bridge", clean=False).subscribe()
    until(lambda: bridge.got, "the retained message")
    assert (bridge.got, bridge.retained) == ([b"kept"], [True])
    bystander.subscribe("elsewhere/#")
    assert bystander.got == []
    for client in (bridge, bystander, sender):
        client.close()


def test_a_message_between_both_limits_reaches_the_bridge_and_a_larger_one_does_not(broker: Broker) -> None:
    bridge = Client(broker, "bridge", clean=False).subscribe()
    sender = Client(broker, "sender")
    sender.publish([b"x" * 200_000])
    until(lambda: bridge.got, "a large message")
    assert bridge.got == [b"x" * 200_000]
    sender.stay_away()
    sender.mqtt.publish("gent/parking/p1", b"y" * (MESSAGE_LIMIT + 1), 0)
    until(lambda: not sender.mqtt.is_connected(), "the connection to be closed")
    other = Client(broker, "other")
    other.publish([b"last"])
    until(lambda: b"last" in bridge.got, "the last message")
    assert bridge.got == [b"x" * 200_000, b"last"]
    for client in (bridge, other, sender):
        client.close()


def test_a_stop_does_not_wait_for_a_connection_that_says_nothing(broker: Broker) -> None:
    with socket.create_connection(("127.0.0.1", broker.port), timeout=5):
        assert broker.stop() == 0


def test_garbage_on_the_port_harms_nobody(broker: Broker) -> None:
    for garbage in (b"GET / HTTP/1.0\r\n\r\n", b"\x00" * 64, b"\xff" * 64, b"\x10\xff\xff\xff\xff"):
        with socket.create_connection(("127.0.0.1", broker.port), timeout=5) as connection:
            connection.sendall(garbage)
    bridge = Client(broker, "bridge", clean=False).subscribe()
    bridge.publish([b"still here"])
    until(lambda: bridge.got, "a message")
    bridge.close()


def test_it_listens_on_the_loopback_only(broker: Broker) -> None:
    connections = psutil.Process(broker.pid).net_connections("inet")
    listening = [connection.laddr for connection in connections if connection.status == psutil.CONN_LISTEN]
    assert listening == [("127.0.0.1", broker.port)]


def test_it_stops_cleanly_when_told(broker: Broker) -> None:
    bridge = Client(broker, "bridge", clean=False).subscribe()
    bridge.stay_away()
    assert broker.stop() == 0
    # Mosquitto warns of being root, where it is.
    assert [line for line in broker.log.splitlines() if "root/administrator" not in line] == []
    bridge.close()


def test_mosquitto_keeps_the_session_across_a_clean_stop(tmp_path: Path) -> None:
    with running("mosquitto", tmp_path) as broker:
        Client(broker, "bridge", clean=False).subscribe().close()
        sender = Client(broker, "sender")
        sender.publish(numbered(100))
        sender.close()
        broker.stop()
        broker.start()
        bridge = Client(broker, "bridge", clean=False)
        until(lambda: len(bridge.got) >= 100, "100 messages")
        assert bridge.got == numbered(100)
        bridge.close()


def test_a_port_in_use_ends_amqtt_with_an_error(tmp_path: Path) -> None:
    with running("amqtt", tmp_path) as broker:
        second = Broker("amqtt", tmp_path)
        second.settings = broker.settings
        second.start()
        deadline = time.monotonic() + 30
        while second._process is not None and second._process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.05)
        assert second._process is not None
        assert second._process.returncode == 1


def test_mosquitto_is_chosen_when_it_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "find_mosquitto", lambda: "/usr/sbin/mosquitto")
    assert chosen_broker(load_settings(None)) == "mosquitto"
    assert chosen_broker(load_settings(None, mqtt_broker="amqtt")) == "amqtt"


def test_amqtt_is_chosen_when_mosquitto_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "find_mosquitto", lambda: None)
    assert chosen_broker(load_settings(None)) == "amqtt"
    with pytest.raises(SettingsError, match="not installed"):
        chosen_broker(load_settings(None, mqtt_broker="mosquitto"))
    with pytest.raises(SettingsError, match="not installed"):
        mosquitto_command(load_settings(None, mqtt_port=free_port()))


def test_mosquitto_is_told_port_folder_and_window(tmp_path: Path) -> None:
    settings = load_settings(None, mqtt_port=18830, in_flight=700)
    lines = mosquitto_configuration(settings, tmp_path).splitlines()
    assert "listener 18830 127.0.0.1" in lines
    assert f"persistence_location {tmp_path}/" in lines
    assert "max_inflight_messages 700" in lines
