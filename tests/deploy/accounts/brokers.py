"""A Mosquitto with accounts and TLS, and clients that say what became of them."""

import contextlib
import signal
import ssl
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from deploy.accounts.certificates import make_certificates
from deploy.accounts.issuing import Issued, issue
from deploy.embedded.mqtt import find_mosquitto, mosquitto_command
from deploy.servers.ports import free_port
from stadspuls.mqtt_access import Role, mqtt_access
from stadspuls.settings import Settings, load_settings
from tests.deploy.brokers import answers, until

CITIES = ("gent", "aalst", "gentbrugge")
WAIT = 60.0


@dataclass
class Client:
    """A client and what it was told."""

    mqtt: mqtt.Client
    got: list[tuple[str, bytes]] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    """What the broker said to each attempt to connect."""
    acknowledged: list[str] = field(default_factory=list)
    subscribed: list[list[str]] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)

    def subscribe(self, *filters: str) -> "Client":
        for topic_filter in filters:
            before = len(self.subscribed)
            self.mqtt.subscribe(topic_filter, 1)
            until(lambda before=before: len(self.subscribed) > before, "SUBACK", WAIT)  # type: ignore[misc]
        return self

    def publish(self, topic: str, payload: bytes, *, retain: bool = False, alias: int | None = None) -> str:
        """Send it and wait for the answer; what that was."""
        before = len(self.acknowledged)
        properties = None
        if alias:
            properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
            properties.TopicAlias = alias
        self.mqtt.publish(topic, payload, 1, retain, properties)
        until(lambda: len(self.acknowledged) > before, "PUBACK", WAIT)
        return self.acknowledged[-1]

    def topics(self) -> set[str]:
        return {topic for topic, _ in self.got}


@contextlib.contextmanager
def connected(  # what a device is set up with
    settings: Settings,
    user: str | None,
    password: str | None = None,
    *,
    name: str = "",
    version: MQTTProtocolVersion = MQTTProtocolVersion.MQTTv311,
    clean: bool = True,
    will: str | None = None,
    tls: bool = True,
    wait: bool = True,
) -> Iterator[Client]:
    """A client that has connected, or (without `wait`) was at least answered."""
    five = version is MQTTProtocolVersion.MQTTv5
    inner = mqtt.Client(
        CallbackAPIVersion.VERSION2,
        name,
        clean_session=None if five else clean,
        protocol=version,
        reconnect_on_failure=False,
    )
    client = Client(inner)
    _listen(client)
    if user is not None:
        inner.username_pw_set(user, password)
    if will:
        inner.will_set(will, b"will", 1)
    if tls:
        inner.tls_set_context(trusting(settings))
    inner.connect("127.0.0.1", settings.mqtt_tls_port if tls else settings.mqtt_port)
    inner.loop_start()
    try:
        until(lambda: client.answers, "CONNACK", WAIT)
        if wait:
            assert client.answers == ["Success"]
        yield client
    finally:
        inner.disconnect()
        inner.loop_stop()


def _listen(client: Client) -> None:
    def on_connect(_c: mqtt.Client, _u: object, _f: mqtt.ConnectFlags, code: ReasonCode, _p: Properties | None) -> None:
        client.answers.append(str(code))

    def on_message(_c: mqtt.Client, _u: object, message: mqtt.MQTTMessage) -> None:
        client.got.append((message.topic, bytes(message.payload)))

    client.mqtt.on_connect = on_connect
    client.mqtt.on_message = on_message
    client.mqtt.on_publish = lambda _c, _u, _mid, code, _p: client.acknowledged.append(str(code))
    client.mqtt.on_subscribe = lambda _c, _u, _mid, codes, _p: client.subscribed.append([str(code) for code in codes])
    client.mqtt.on_disconnect = lambda _c, _u, _f, code, _p: client.lost.append(str(code))


def trusting(settings: Settings) -> ssl.SSLContext:
    """What a device has that was given the CA."""
    return ssl.create_default_context(cafile=settings.data_dir / "accounts" / "ca.pem")


class Broker:
    """An embedded Mosquitto on a folder of its own."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._log = settings.data_dir / "broker.log"
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> str:
        return self._log.read_text()

    def start(self) -> None:
        self._run(mosquitto_command(self.settings))

    def start_again_with(self, line: str, instead: str) -> None:
        """With another line in its configuration than ours."""
        self.stop()
        command = mosquitto_command(self.settings)
        file = Path(command[2])
        assert f"{line}\n" in file.read_text()
        file.write_text(file.read_text().replace(line, instead))
        self._run(command)

    def _run(self, command: list[str]) -> None:
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log)
        until(lambda: answers(self.settings.mqtt_port), "the broker", WAIT)

    def stop(self, how: signal.Signals = signal.SIGKILL) -> None:
        assert self.process is not None
        self.process.send_signal(how)
        self.process.wait(WAIT)


@dataclass(frozen=True)
class World:
    """A broker that knows the cities Gent and Aalst."""

    settings: Settings
    broker: Broker
    gent: Issued
    aalst: Issued

    @contextlib.contextmanager
    def bridge(self) -> Iterator[Client]:
        """What reads everything, with the bridge's account and a client id of its own."""
        access = mqtt_access(self.settings, Role.BRIDGE)
        with connected(self.settings, access.username, access.password, tls=False) as client:
            yield client.subscribe("#")

    @contextlib.contextmanager
    def publisher(self) -> Iterator[Client]:
        access = mqtt_access(self.settings, Role.PUBLISHER)
        with connected(self.settings, access.username, access.password, tls=False) as client:
            yield client


def settings_in(folder: Path, **settings: object) -> Settings:
    if not find_mosquitto():
        pytest.skip("mosquitto is not installed: install the package `mosquitto` to run this test")
    given = {"data_dir": folder, "mqtt_port": free_port(), "mqtt_tls_port": free_port()} | settings
    return load_settings(None, **given)


@contextlib.contextmanager
def world_in(folder: Path) -> Iterator[World]:
    settings = settings_in(folder)
    make_certificates(settings, ["localhost", "127.0.0.1"])
    issued = [issue(settings, city, city, CITIES) for city in ("gent", "aalst")]
    broker = Broker(settings)
    broker.start()
    try:
        yield World(settings, broker, *issued)
    finally:
        broker.stop()
