"""What tests hear: a subscriber to a real broker, and a broker that misbehaves as told."""

import contextlib
import json
import socket
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from stadspuls.settings import Settings


class Heard(NamedTuple):
    topic: str
    payload: dict[str, Any]


class Listener:
    """Collects every message from the moment it is entered."""

    def __init__(self, settings: Settings) -> None:
        self.heard: list[Heard] = []
        self._ready = threading.Event()
        self._settings = settings
        self._client = Client(CallbackAPIVersion.VERSION2)
        self._client.on_message = self._on_message
        self._client.on_subscribe = lambda *_: self._ready.set()

    def __enter__(self) -> "Listener":
        self._client.connect(self._settings.mqtt_host, self._settings.mqtt_port)
        self._client.loop_start()
        self._client.subscribe("#", qos=1)
        assert self._ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _on_message(self, _client: Client, _data: object, message: MQTTMessage) -> None:
        self.heard.append(Heard(message.topic, json.loads(message.payload)))


def wait_for(condition: Callable[[], bool], seconds: float = 20) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.02)


class Arrived(NamedTuple):
    connection: int
    payload: bytes
    again: bool
    """The packet says that it may have been sent before."""


class Session(NamedTuple):
    """How the broker treats one connection."""

    code: int = 0
    """Return code of CONNACK (MQTT 3.1.1, 3.2.2.3)."""
    read: int | None = None
    """Closes after that many messages."""
    acknowledge: int | None = None
    """Acknowledges that many messages."""


class MisbehavingBroker:
    """Speaks just enough MQTT 3.1.1 to take QoS 1 messages; one script for each connection, the last for all later."""

    def __init__(self, sessions: Sequence[Session]) -> None:
        self.arrived: list[Arrived] = []
        self._sessions = sessions
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]
        self._connection: socket.socket | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> "MisbehavingBroker":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        if self._connection is not None:
            with contextlib.suppress(OSError):
                self._connection.shutdown(socket.SHUT_RDWR)
        self._thread.join(10)

    def _run(self) -> None:
        number = 0
        while True:
            try:
                client, _ = self._server.accept()
            except OSError:
                return
            self._connection = client
            with client, client.makefile("rb") as stream, contextlib.suppress(OSError):
                self._serve(client, stream, number, self._sessions[min(number, len(self._sessions) - 1)])
            number += 1

    def _serve(self, client: socket.socket, stream: Any, number: int, session: Session) -> None:
        seen = 0
        while session.read is None or seen < session.read:
            head = stream.read(1)
            if not head:
                return
            body = stream.read(_length(stream))
            if head[0] >> 4 == 1:
                client.sendall(bytes([0x20, 2, 0, session.code]))
            elif head[0] >> 4 == 3:
                topic = int.from_bytes(body[:2], "big")
                self.arrived.append(Arrived(number, body[topic + 4 :], bool(head[0] & 8)))
                if session.acknowledge is None or seen < session.acknowledge:
                    client.sendall(b"\x40\x02" + body[topic + 2 : topic + 4])
                seen += 1


def _length(stream: Any) -> int:
    total = shift = 0
    while True:
        byte = int(stream.read(1)[0])
        total |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return total
