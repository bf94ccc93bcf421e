"""The publisher's connection to the public MQTT broker: tried for ever, and each time the broker's state put right."""

import asyncio
import secrets
import select
import time
from collections.abc import Callable
from enum import Enum, auto

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from apis.mqtt.board import CLEARED, Board
from apis.mqtt.topics import EVERYTHING
from stadspuls.backoff import Backoff
from stadspuls.logs import get_logger
from stadspuls.metrics import PUBLISHER_CLEARED, PUBLISHER_CONNECTED, PUBLISHER_CONNECTS, PUBLISHER_SENT
from stadspuls.public_broker import Access

KEEP_ALIVE = 30
CONNECT_SECONDS = 3.0
ANSWER_SECONDS = 30.0
STEADY_SECONDS = 10.0
"""A connection that lasts so long is no part of a storm of attempts."""
READ_BURST = 5000
"""Packets read at one step: what the broker holds comes as one packet for each site."""
_NO_ACCESS = "it has not been started yet"

_log = get_logger()


class _State(Enum):
    AWAY = auto()
    LOOKING = auto()
    """The connection stands; what the broker holds is being read."""
    UP = auto()


class Session:
    """One connection after another; `step` serves it, in the loop of its owner.

    Every connection begins with a look at all that the broker holds. Messages go out with QoS 0: each is the whole
    state of its site, a lost connection means that all are sent again, and no broker keeps them for a client that is
    away.
    """

    def __init__(self, access: Callable[[], Access | None], board: Board, backoff: Backoff | None = None) -> None:
        self._access = access
        self._board = board
        self._backoff = backoff or Backoff()
        self._client: Client | None = None
        self._state = _State.AWAY
        self._told = False
        self._retry_at = 0.0
        self._answer_by = 0.0
        self._up_since = 0.0

    @property
    def up_for(self) -> float | None:
        """For how many seconds messages have gone out; None while they do not."""
        return time.monotonic() - self._up_since if self._state is _State.UP else None

    async def step(self) -> None:
        """Connect when it is time to, else read and write what can be without waiting."""
        if self._client is None:
            if time.monotonic() >= self._retry_at:
                await self._connect()
            return
        self._serve(self._client)
        if self._state is _State.LOOKING and time.monotonic() >= self._answer_by:
            self._lose(f"no answer in {ANSWER_SECONDS:g} s")

    def send_due(self) -> None:
        """Send what the board wants to be sent, as far as the broker takes it now."""
        client = self._client
        if self._state is not _State.UP or client is None or client.want_write():
            return
        for topic, payload in self._board.due():
            client.publish(topic, payload, qos=0, retain=True)
            (PUBLISHER_SENT if payload != CLEARED else PUBLISHER_CLEARED).inc()
            if client.want_write() or self._client is None:
                return

    def close(self) -> None:
        """Leave; what stands at the broker goes on standing there."""
        client, self._client = self._client, None
        self._state = _State.AWAY
        if client is not None:
            client.disconnect()
        PUBLISHER_CONNECTED.set(0)

    async def _connect(self) -> None:
        access = self._access()
        if access is None:
            self._lose(_NO_ACCESS)
            return
        client = self._make_client(access)
        try:
            # In another thread, since looking up a name may take its time.
            await asyncio.to_thread(client.connect, access.host, access.port, KEEP_ALIVE)
        except OSError as error:
            self._lose(str(error))
            return
        self._client = client
        self._state = _State.LOOKING
        self._answer_by = time.monotonic() + ANSWER_SECONDS

    def _make_client(self, access: Access) -> Client:
        """A new one for each connection; nobody can know its id, and so take its place."""
        client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=f"stadspuls-publisher-{secrets.token_hex(8)}",
            protocol=MQTTProtocolVersion.MQTTv311,
        )
        client.connect_timeout = CONNECT_SECONDS
        client.username_pw_set(access.username, access.password)
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        client.on_unsubscribe = self._on_unsubscribe
        return client

    def _serve(self, client: Client) -> None:
        for _ in range(READ_BURST):
            connection = client.socket()
            if connection is None or self._client is not client:
                break
            if not select.select([connection], [], [], 0)[0]:
                break
            client.loop_read()
        if client.want_write():
            client.loop_write()
        client.loop_misc()
        if client.socket() is None and self._client is client:
            self._lose("the connection is gone")

    def _lose(self, reason: str) -> None:
        was_up = self._state is _State.UP
        if was_up and time.monotonic() - self._up_since >= STEADY_SECONDS:
            self._backoff.reset()
        if was_up or not self._told:
            _log.warning("public mqtt broker cannot be used; trying until it can", why=reason)
        self._told = True
        # Its socket closes with it.
        self._client = None
        self._state = _State.AWAY
        self._retry_at = time.monotonic() + self._backoff.delay()
        PUBLISHER_CONNECTED.set(0)

    def _on_connect(
        self, client: Client, _data: object, _flags: ConnectFlags, code: ReasonCode, _p: Properties | None
    ) -> None:
        if code.is_failure:
            self._lose(str(code))
            return
        self._board.begin()
        client.subscribe(EVERYTHING, 0)
        # Its answer comes behind everything that the broker holds.
        client.unsubscribe(EVERYTHING)

    def _on_message(self, _client: Client, _data: object, message: MQTTMessage) -> None:
        if message.retain:
            self._board.found(message.topic, bytes(message.payload))

    def _on_unsubscribe(
        self, _client: Client, _data: object, _mid: int, _codes: list[ReasonCode], _p: Properties | None
    ) -> None:
        self._state = _State.UP
        self._up_since = time.monotonic()
        self._told = False
        PUBLISHER_CONNECTED.set(1)
        PUBLISHER_CONNECTS.inc()
        _log.info("publishing to the public mqtt broker")

    def _on_disconnect(
        self, client: Client, _data: object, _flags: DisconnectFlags, code: ReasonCode, _p: Properties | None
    ) -> None:
        if self._client is client:
            self._lose(str(code))
