"""The publisher and the public broker as processes, Kafka in memory, a store, and clients as anyone may have them."""

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from deploy.embedded.mqtt import find_mosquitto
from deploy.servers.ports import free_port
from stadspuls.clock import now_us
from stadspuls.model import Observation
from stadspuls.registry import Registry
from stadspuls.settings import ROOT, Settings
from tests.apis.conftest import BASE, Made
from tests.apis.events.stage import with_writer
from tests.apis.kafka import Kafka
from tests.deploy.brokers import answers, until

SECONDS = 60.0


class Client:
    """What a phone is: it names nothing but what it wants to know."""

    def __init__(self, port: int, name: str = "", username: str = "", clean: bool = True, password: str = "") -> None:
        self.got: list[mqtt.MQTTMessage] = []
        self._answers: list[int] = []
        self._mqtt = mqtt.Client(CallbackAPIVersion.VERSION2, name, clean_session=clean, protocol=mqtt.MQTTv311)
        self._mqtt.on_message = lambda _client, _data, message: self.got.append(message)
        self._mqtt.on_subscribe = lambda _client, _data, mid, _codes, _properties: self._answers.append(mid)
        if username:
            self._mqtt.username_pw_set(username, password)
        self.refused: list[str] = []
        self._mqtt.on_connect = lambda _c, _d, _f, code, _p: self.refused.append(str(code)) if code.is_failure else None
        self._mqtt.reconnect_delay_set(1, 1)
        self._mqtt.connect("127.0.0.1", port)
        self._mqtt.loop_start()

    @property
    def connected(self) -> bool:
        return self._mqtt.is_connected()

    def subscribe(self, topic_filter: str) -> "Client":
        """Ask for a filter; what the broker holds comes, in MQTT, behind its answer or before."""
        until(lambda: self.connected, "a connection", SECONDS)
        before = len(self._answers)
        self._mqtt.subscribe(topic_filter, 1)
        until(lambda: len(self._answers) > before, "SUBACK", SECONDS)
        return self

    def publish(self, topic: str, payload: bytes, qos: int = 0, retain: bool = True) -> None:
        until(lambda: self.connected, "a connection", SECONDS)
        self._mqtt.publish(topic, payload, qos, retain)

    @property
    def topics(self) -> set[str]:
        return {message.topic for message in self.got}

    def values(self, topic: str) -> list[Any]:
        """What the newest message of a topic says; nothing where it was taken away, or never came."""
        payloads = [message.payload for message in self.got if message.topic == topic]
        if not payloads or not payloads[-1]:
            return []
        return [entry["value"] for entry in json.loads(payloads[-1])["observations"]]

    def close(self) -> None:
        self._mqtt.disconnect()
        self._mqtt.loop_stop()


class Stage:
    """Everything around the publisher, and the publisher."""

    def __init__(self, settings: Settings, registry: Registry, registry_dir: Path, kafka: Kafka) -> None:
        if not find_mosquitto():
            pytest.skip("mosquitto is not installed: install the package `mosquitto` to run this test")
        self.settings = settings.model_copy(
            update={
                "kafka_bootstrap": kafka.address,
                "public_mqtt_port": free_port(),
                "mqtt_port": free_port(),
                "cities_dir": registry_dir / "cities",
                "themes_dir": registry_dir / "themes",
            }
        )
        self.kafka = kafka
        self.registry = registry
        self.made = Made(registry)
        self._source = 0
        self.more: dict[str, str] = {}
        """Further settings of what is started from now on."""
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._clients: list[Client] = []

    @property
    def port(self) -> int:
        return self.settings.public_mqtt_port

    @property
    def log(self) -> str:
        return (self.settings.data_dir / "processes.log").read_text()

    def start(self, *services: str) -> None:
        for service in services:
            environment = {name: value for name, value in os.environ.items() if not name.startswith("STADSPULS_")}
            environment |= {
                "STADSPULS_PUBLIC_URL": BASE,
                "STADSPULS_PUBLIC_MQTT_PORT": str(self.port),
                "STADSPULS_MQTT_PORT": str(self.settings.mqtt_port),
                "STADSPULS_KAFKA_BOOTSTRAP": self.settings.kafka_bootstrap,
                "STADSPULS_DATA_DIR": str(self.settings.data_dir),
                "STADSPULS_CITIES_DIR": str(self.settings.cities_dir),
                "STADSPULS_THEMES_DIR": str(self.settings.themes_dir),
                **{f"STADSPULS_{name}": value for name, value in self.more.items()},
            }
            command = [sys.executable, "-m", "cli.main", "run", service]
            with (self.settings.data_dir / "processes.log").open("ab") as log:
                self._running[service] = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
            if service == "public-mqtt":
                until(lambda: answers(self.port), "the public broker", SECONDS)

    def end(self, service: str, how: signal.Signals = signal.SIGKILL) -> int:
        process = self._running.pop(service)
        process.send_signal(how)
        return process.wait(SECONDS)

    def one(self, value: float, at: int | None = None, sensor: str = "P1") -> Observation:
        name = "vacantSpaces" if sensor in ("P1", "hidden") else "occupied"
        dataset = "aalst/parking" if sensor == "hidden" else "gent/parking"
        return self.made.one(dataset, sensor, name, value, now_us() if at is None else at)

    def publish(self, *observations: Observation) -> None:
        self.kafka.publish(self._source, observations)
        self._source += 1

    def store(self, *observations: Observation) -> None:
        with_writer(self.settings, [observations])

    def client(self, *filters: str, **options: Any) -> Client:
        client = Client(self.port, **options)
        self._clients.append(client)
        for topic_filter in filters:
            client.subscribe(topic_filter)
        return client

    def leave(self) -> None:
        """Every client goes."""
        while self._clients:
            self._clients.pop().close()

    def close(self) -> None:
        self.leave()
        for service in list(self._running):
            self.end(service)


@contextlib.contextmanager
def staged(settings: Settings, registry: Registry, registry_dir: Path, kafka: Kafka) -> Iterator[Stage]:
    stage = Stage(settings, registry, registry_dir, kafka)
    try:
        yield stage
    finally:
        stage.close()
