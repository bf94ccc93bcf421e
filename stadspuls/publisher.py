"""Publishes to MQTT with QoS 1: in order, bounded in flight, resending after a lost connection.

It runs in the caller's thread and has none of its own, so whoever uses it calls `publish` or `pump` often.
"""

import select
import socket
import threading
import time
import uuid
from types import TracebackType

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from prometheus_client import Counter

from stadspuls.errors import AccountsError, BrokerError
from stadspuls.heartbeat import beat
from stadspuls.logs import get_logger
from stadspuls.mqtt_access import Role, give_account, has_unread, secure
from stadspuls.settings import Settings

KEEPALIVE = 30
CONNECT_TIMEOUT = 3.0
SLICE = 0.2
"""Longest wait before looking at `stop` again, in seconds."""
RETRY_LEAST, RETRY_MOST = 0.5, 10.0
CLOSE_WAIT = 5.0
"""How long `close` waits for the last acknowledgements, in seconds."""

log = get_logger()


class Publisher:
    """One MQTT connection for publishing; use it as a context manager.

    Args:
        settings: the broker's address and account.
        name: begins the client id; a random part keeps two runs apart.
        stop: ends every wait.
        in_flight: messages sent and not acknowledged, at most.
        give_up_after: seconds without a connection before `BrokerError`; None keeps trying.
        counter: counts what is acknowledged.
    """

    def __init__(
        self,
        settings: Settings,
        name: str,
        stop: threading.Event,
        *,
        in_flight: int = 200,
        give_up_after: float | None = None,
        counter: Counter | None = None,
    ) -> None:
        self.sent = 0
        self.acknowledged = 0
        self._settings = settings
        self._address = (settings.mqtt_host, settings.mqtt_port)
        self._stop = stop
        self._in_flight = in_flight
        self._give_up_after = give_up_after
        self._counter = counter
        self._connected = False
        self._refused = False
        self._reason = "no answer"
        self._away_since = time.monotonic()
        self._retry_at = 0.0
        self._retry_wait = RETRY_LEAST
        self._told = False
        self._upkeep_at = 0.0
        self._client = self._make_client(settings, name)

    def _make_client(self, settings: Settings, name: str) -> Client:
        client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=f"stadspuls-{name}-{uuid.uuid4().hex[:8]}",
            protocol=MQTTProtocolVersion.MQTTv311,
        )
        client.connect_timeout = CONNECT_TIMEOUT
        # Messages in flight are bounded here; paho's own bound walks through all of them at every acknowledgement.
        client.max_inflight_messages_set(0)
        secure(client, settings)
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_publish = self._on_publish
        client.on_socket_open = _send_at_once
        return client

    def __enter__(self) -> "Publisher":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        else:
            self._client.disconnect()

    @property
    def unacknowledged(self) -> int:
        """Messages sent whose acknowledgement has not come."""
        return self.sent - self.acknowledged

    def connect(self) -> bool:
        """Wait for the connection, which `publish` otherwise does; False when `stop` came before.

        Raises:
            BrokerError: when the broker stays away longer than `give_up_after`.
        """
        while not self._connected and not self._stop.is_set():
            self._turn(SLICE)
        return self._connected

    def publish(self, topic: str, payload: bytes) -> bool:
        """Send one message, waiting for a connection and for room; False when `stop` came before that.

        Raises:
            BrokerError: when the broker stays away longer than `give_up_after`.
        """
        while not self._connected or self.unacknowledged >= self._in_flight:
            if self._stop.is_set():
                return False
            self._turn(SLICE)
        self.sent += 1
        self._client.publish(topic, payload, qos=1)
        return True

    def pump(self, seconds: float) -> None:
        """Serve the connection for that time, or until `stop`.

        Raises:
            BrokerError: as `publish`.
        """
        until = time.monotonic() + seconds
        while True:
            self._turn(max(0.0, min(SLICE, until - time.monotonic())))
            if time.monotonic() >= until or self._stop.is_set():
                return

    def drain(self, seconds: float | None = None) -> bool:
        """Wait until everything sent is acknowledged; False when time ran out or `stop` came.

        Raises:
            BrokerError: as `publish`.
        """
        until = None if seconds is None else time.monotonic() + seconds
        while self.unacknowledged:
            if self._stop.is_set() or (until is not None and time.monotonic() >= until):
                return False
            self._turn(SLICE)
        return True

    def close(self) -> None:
        """Give the last acknowledgements a few seconds, whether `stop` is set or not, and disconnect."""
        until = time.monotonic() + CLOSE_WAIT
        while self._connected and self.unacknowledged and time.monotonic() < until:
            self._turn(SLICE)
        self._client.disconnect()

    def _turn(self, timeout: float) -> None:
        """Wait for the socket at most that long and serve it once, or try to connect."""
        if self._client.socket() is None:
            self._connect(timeout)
        else:
            self._serve(timeout)
        if self._connected:
            beat()
        else:
            self._check_patience()

    def _serve(self, timeout: float) -> None:
        sock = self._client.socket()
        if sock is None:
            return
        here = [sock.fileno()]
        unread = has_unread(sock)
        writers = here if self._client.want_write() else []
        readable, writable, _ = select.select(here, writers, [], 0.0 if unread else timeout)
        if readable or unread:
            self._client.loop_read()
        if writable:
            self._client.loop_write()
        if time.monotonic() >= self._upkeep_at:
            self._upkeep_at = time.monotonic() + 1
            self._client.loop_misc()

    def _connect(self, timeout: float) -> None:
        """Try to connect when it is time to, else wait for that."""
        wait = self._retry_at - time.monotonic()
        if wait > 0:
            self._stop.wait(min(wait, timeout))
            return
        self._retry_at = time.monotonic() + self._retry_wait
        self._retry_wait = min(self._retry_wait * 2, RETRY_MOST)
        try:
            give_account(self._client, self._settings, Role.PUBLISHER)
            self._client.connect(*self._address, keepalive=KEEPALIVE)
        except (OSError, AccountsError) as error:
            self._reason = getattr(error, "strerror", None) or str(error)

    def _check_patience(self) -> None:
        """Say once that the broker is away; give up when that was asked for."""
        text = f"no MQTT broker at {self._address[0]}:{self._address[1]} ({self._reason.lower()})"
        away = time.monotonic() - self._away_since
        if self._give_up_after is not None and (self._refused or away >= self._give_up_after):
            raise BrokerError(f"{text}; is the platform running?")
        if not self._told and (self._refused or away > RETRY_LEAST):
            self._told = True
            log.warning(f"{text}; trying again")

    def _on_connect(
        self, _client: Client, _data: object, _flags: ConnectFlags, reason: ReasonCode, _properties: Properties | None
    ) -> None:
        if reason.is_failure:
            self._refused, self._reason = True, f"refused: {reason}"
            return
        if self._told:
            log.info("the MQTT broker is back")
        self._connected, self._refused, self._told = True, False, False
        self._retry_wait = RETRY_LEAST

    def _on_disconnect(
        self,
        _client: Client,
        _data: object,
        _flags: DisconnectFlags,
        _reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        if self._connected:
            self._away_since, self._reason = time.monotonic(), "connection lost"
            self._retry_at = time.monotonic() + RETRY_LEAST
        self._connected = False

    def _on_publish(
        self, _client: Client, _data: object, _mid: int, _reason: ReasonCode, _properties: Properties
    ) -> None:
        self.acknowledged += 1
        if self._counter is not None:
            self._counter.inc()


def _send_at_once(_client: Client, _data: object, sock: object) -> None:
    """Small packets must not wait for the acknowledgement of the one before."""
    if isinstance(sock, socket.socket):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
