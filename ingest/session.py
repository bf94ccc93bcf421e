"""The bridge's persistent MQTT session: connects for ever, notices when it is deaf, acknowledges by hand.

One thread owns it and calls `step` again and again; paho's own thread is not used, so that reading can stop and pings
still go out. What makes reading faster belongs in `_read` alone.
"""

import itertools
import select
import time
from collections.abc import Callable, Sequence
from enum import Enum, auto
from typing import TYPE_CHECKING

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from ingest.frames import Ticket
from ingest.subscriptions import Subscription
from ingest.waiting import Bell, Wants, wait
from stadspuls.backoff import Backoff
from stadspuls.errors import AccountsError
from stadspuls.logs import get_logger
from stadspuls.metrics import BRIDGE_CONNECTS
from stadspuls.mqtt_access import Role, give_account, has_unread, mqtt_access, secure
from stadspuls.settings import Settings

if TYPE_CHECKING:
    from paho.mqtt.client import SocketLike

KEEP_ALIVE = 30
CONNECT_SECONDS = 3.0
ANSWER_SECONDS = 10.0
DEAF_SECONDS = 60.0
"""Silence after which the subscription is tried: a connection may live while nothing comes through it."""
STEADY_SECONDS = 10.0
"""A connection that lasts so long is no part of a storm of attempts."""
_READ_BURST = 100
_connections = itertools.count(1)
"""Every connection of this process has a number of its own, so that a ticket belongs to one session."""

_log = get_logger()

Receive = Callable[[str, bytes, bool, Ticket | None], None]
"""Takes topic, payload, whether the broker had retained it, and the ticket."""


class _State(Enum):
    AWAY = auto()
    CONNECTING = auto()
    """The connection stands; CONNACK and SUBACK are to come."""
    UP = auto()


class MqttSession:
    """Gives every message with its ticket (None where none is due) to `receive`, in `step`, on the owner's thread."""

    def __init__(
        self,
        settings: Settings,
        receive: Receive,
        deaf_seconds: float = DEAF_SECONDS,
        answer_seconds: float = ANSWER_SECONDS,
        subscription: Subscription = Subscription(),  # noqa: B008 - nobody can change it
    ) -> None:
        self._subscription = subscription
        self._address = (settings.mqtt_host, settings.mqtt_port)
        self._receive = receive
        self._deaf_seconds = deaf_seconds
        self._answer_seconds = answer_seconds
        self._backoff = Backoff()
        self._settings = settings
        self._client_id = ""
        self._client = self._make_client(settings.mqtt_client_id + subscription.suffix)
        self._bell = Bell()
        self._state = _State.AWAY
        self._told = False
        self._connection = 0
        self._retry_at = 0.0
        self._up_since = 0.0
        self._heard_at = 0.0
        self._answer_by: float | None = None
        self._received = 0

    @property
    def up(self) -> bool:
        """Whether messages come in."""
        return self._state is _State.UP

    @property
    def away(self) -> bool:
        """Whether the next step may connect, and wait for the broker to let it."""
        return self._state is _State.AWAY

    def wake(self) -> None:
        """End a waiting `step`; from any thread."""
        self._bell.ring()

    def wants(self, timeout: float, read: bool) -> Wants:
        """What a `step` with these waits for: also for one who waits for several sessions at once."""
        if self._state is _State.AWAY:
            return Wants([self._bell.ears], [], min(timeout, self._retry_at - time.monotonic()) if read else timeout)
        connection = self._client.socket()
        if connection is None:  # lost, and dealt with at once
            return Wants([self._bell.ears], [], 0.0)
        readers = [self._bell.ears, connection] if read else [self._bell.ears]
        writers = [connection] if self._client.want_write() else []
        return Wants(readers, writers, 0.0 if read and has_unread(connection) else timeout)

    def step(self, timeout: float, read: bool) -> None:
        """Wait for the broker at most `timeout` seconds and do what is due; without `read` take no more messages.

        A pause is harmless while it is short. When it outlasts the keep-alive the connection ends, and is made again
        when reading goes on; the broker keeps the messages.
        """
        if self._state is _State.AWAY:
            self._step_away(timeout, read)
            return
        connection = self._client.socket()
        if connection is None:
            self._lose("the connection is gone")
            return
        if connection in self._wait(timeout, read) or (read and has_unread(connection)):
            self._read()
        if self._client.want_write():
            self._client.loop_write()
        self._client.loop_misc()
        self._judge_silence(read)

    def acknowledge(self, tickets: Sequence[Ticket]) -> int:
        """Send PUBACKs for the tickets of this connection; returns how many those were.

        Packet ids of an earlier connection mean other messages now: the broker brings those again.
        """
        valid = [ticket for ticket in tickets if ticket.connection == self._connection]
        if self._state is _State.AWAY:
            return 0
        for ticket in valid:
            self._client.ack(ticket.packet_id, 1)
        return len(valid)

    def close(self) -> None:
        """Send what waits, and leave; the broker keeps the session."""
        connected = self._state is not _State.AWAY
        self._state = _State.AWAY
        if connected:
            self._client.disconnect()
            deadline = time.monotonic() + 1
            while (connection := self._client.socket()) and self._client.want_write() and time.monotonic() < deadline:
                select.select([], [connection], [], 0.1)
                self._client.loop_write()
        self._bell.close()

    def _step_away(self, timeout: float, read: bool) -> None:
        if read and time.monotonic() >= self._retry_at:
            self._connect()
        else:
            self._wait(timeout, read)

    def _connect(self) -> None:
        self._state = _State.CONNECTING
        self._answer_by = time.monotonic() + self._answer_seconds
        try:
            self._take_account()
            self._client.connect(*self._address, keepalive=KEEP_ALIVE)
        except (OSError, AccountsError) as error:
            self._lose(str(error))

    def _take_account(self) -> None:
        """Be who we are by now."""
        access = mqtt_access(self._settings, Role.BRIDGE)
        client_id = access.client_id + self._subscription.suffix
        if client_id != self._client_id:
            self._client.on_disconnect = None  # what is left of it says nothing of the new one
            self._client.disconnect()
            self._client = self._make_client(client_id)
        give_account(self._client, self._settings, Role.BRIDGE)

    def _make_client(self, client_id: str) -> mqtt.Client:
        self._client_id = client_id
        client = mqtt.Client(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            clean_session=False,
            protocol=MQTTProtocolVersion.MQTTv311,
            manual_ack=True,
        )
        client.connect_timeout = CONNECT_SECONDS
        secure(client, self._settings)
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_subscribe = self._on_subscribe
        client.on_unsubscribe = self._on_unsubscribe
        client.on_message = self._on_message
        return client

    def _wait(self, timeout: float, read: bool) -> "list[SocketLike]":
        """What can be read."""
        readable = wait([self.wants(timeout, read)])
        if self._bell.ears in readable:
            self._bell.heard()
        return readable

    def _read(self) -> None:
        for _ in range(_READ_BURST):
            before = self._received
            self._client.loop_read()
            if self._received == before:
                break

    def _judge_silence(self, read: bool) -> None:
        now = time.monotonic()
        if not read:
            # Answers may lie unread: nothing can be said.
            self._heard_at = now
            self._answer_by = self._answer_by and now + self._answer_seconds
        elif self._answer_by is not None and now >= self._answer_by:
            self._lose(f"no answer in {self._answer_seconds:g} s")
        elif self._state is _State.UP and self._answer_by is None and now - self._heard_at >= self._deaf_seconds:
            self._subscribe()
            self._answer_by = now + self._answer_seconds

    def _lose(self, reason: str) -> None:
        """The connection is gone or of no use; the next attempt closes what is left of it."""
        if self._state is _State.AWAY:
            return
        now = time.monotonic()
        if self._state is _State.UP:
            _log.warning("mqtt connection lost", why=reason)
            if now - self._up_since >= STEADY_SECONDS:
                self._backoff.reset()
        elif not self._told:
            _log.warning("mqtt broker cannot be used; trying until it can", why=reason)
        self._told = True
        self._state = _State.AWAY
        self._answer_by = None
        self._retry_at = now + self._backoff.delay()

    def _on_connect(
        self, _c: mqtt.Client, _userdata: object, _flags: mqtt.ConnectFlags, code: ReasonCode, _p: Properties | None
    ) -> None:
        if code.is_failure:
            self._lose(str(code))
            return
        self._connection = next(_connections)
        self._subscribe()

    def _subscribe(self) -> None:
        """Ask for what this session is for; the answer shows that the connection works."""
        if self._subscription.ended:
            self._client.unsubscribe(self._subscription.filter)
        else:
            self._client.subscribe(self._subscription.filter, 1)

    def _on_disconnect(
        self, _c: mqtt.Client, _u: object, _f: mqtt.DisconnectFlags, code: ReasonCode, _p: Properties | None
    ) -> None:
        self._lose(str(code))

    def _on_subscribe(
        self, _c: mqtt.Client, _u: object, _mid: int, codes: list[ReasonCode], _p: Properties | None
    ) -> None:
        if any(code.is_failure for code in codes):
            self._lose(f"the subscription is refused: {codes[0]}")
            return
        self._answered()

    def _on_unsubscribe(
        self, _c: mqtt.Client, _u: object, _mid: int, _codes: list[ReasonCode], _p: Properties | None
    ) -> None:
        self._answered()

    def _answered(self) -> None:
        self._heard_at = time.monotonic()
        self._answer_by = None
        if self._state is _State.CONNECTING:
            self._state = _State.UP
            self._up_since = self._heard_at
            self._told = False
            BRIDGE_CONNECTS.inc()
            _log.info("mqtt connected", host=self._address[0], port=self._address[1])

    def _on_message(self, _client: mqtt.Client, _userdata: object, message: mqtt.MQTTMessage) -> None:
        self._received += 1
        self._heard_at = time.monotonic()
        try:
            topic = message.topic
        except UnicodeDecodeError:
            # Brokers refuse it; should one not, the message is kept as one that nobody registered.
            topic = "\ufffd"
        ticket = Ticket(self._connection, message.mid) if message.qos else None
        self._receive(topic, bytes(message.payload), message.retain, ticket)
