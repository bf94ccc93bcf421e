"""An MQTT broker that answers only as told: it shows what a session does when a real one is deaf or refuses."""

import contextlib
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

CONNECT, CONNACK, PUBLISH, PUBACK, SUBSCRIBE, SUBACK, PINGREQ, PINGRESP = 1, 2, 3, 4, 8, 9, 12, 13


class Packet(NamedTuple):
    kind: int
    body: bytes


@dataclass
class Manners:
    """How the broker answers; a test may change it while it runs."""

    connect_code: int = 0
    subscribe_code: int = 1
    answers_subscribe: bool = True
    answers_connect: bool = True
    publishes: list[tuple[int, bytes]] = field(default_factory=list)
    """Packet id and payload, sent with QoS 1 after each SUBACK."""


class StubBroker:
    """Serves one connection after the other; remembers every packet with the number of its connection."""

    def __init__(self, manners: Manners) -> None:
        self.manners = manners
        self.got: list[tuple[int, Packet]] = []
        self.connections = 0
        self._server = socket.create_server(("127.0.0.1", 0))
        self._connection: socket.socket | None = None
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    @property
    def port(self) -> int:
        port: int = self._server.getsockname()[1]
        return port

    def of_kind(self, kind: int) -> list[tuple[int, Packet]]:
        return [(number, packet) for number, packet in self.got if packet.kind == kind]

    def drop(self) -> None:
        """End the present connection without a word."""
        if self._connection:
            with contextlib.suppress(OSError):
                self._connection.shutdown(socket.SHUT_RDWR)

    def publish(self, packet_id: int, payload: bytes) -> None:
        assert self._connection
        self._connection.sendall(_publish(packet_id, payload))

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self.drop()
        self._thread.join(10)
        assert not self._thread.is_alive()

    def _serve(self) -> None:
        while True:
            try:
                self._connection, _ = self._server.accept()
            except OSError:
                return
            self.connections += 1
            with contextlib.suppress(OSError), self._connection:
                stream = self._connection.makefile("rb")
                with stream:
                    while (packet := _read(stream.read)) is not None:
                        self.got.append((self.connections, packet))
                        self._answer(self._connection, packet)

    def _answer(self, connection: socket.socket, packet: Packet) -> None:
        if packet.kind == CONNECT and self.manners.answers_connect:
            connection.sendall(bytes([CONNACK << 4, 2, 0, self.manners.connect_code]))
        elif packet.kind == SUBSCRIBE and self.manners.answers_subscribe:
            connection.sendall(bytes([SUBACK << 4, 3]) + packet.body[:2] + bytes([self.manners.subscribe_code]))
            for packet_id, payload in self.manners.publishes:
                connection.sendall(_publish(packet_id, payload))
        elif packet.kind == PINGREQ:
            connection.sendall(bytes([PINGRESP << 4, 0]))


def _publish(packet_id: int, payload: bytes) -> bytes:
    topic = b"gent/parking/P1"
    body = len(topic).to_bytes(2, "big") + topic + packet_id.to_bytes(2, "big") + payload
    return bytes([PUBLISH << 4 | 2, len(body)]) + body


def _read(read: Callable[[int], bytes]) -> Packet | None:
    first = read(1)
    if not first:
        return None
    length, shift = 0, 0
    while True:
        (byte,) = read(1)
        length |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return Packet(first[0] >> 4, read(length))
