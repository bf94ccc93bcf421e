"""From MQTT messages to frames in the outbox, and from safe frames back to acknowledgements."""

import hashlib
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Protocol

from ingest.frames import Collector, Frame, Ticket, size_of
from ingest.outbox import Outbox
from ingest.sessions import Sessions
from stadspuls.clock import now_us
from stadspuls.heartbeat import beat
from stadspuls.log import partition_of
from stadspuls.metrics import LAST_MESSAGE, MESSAGES_ACKNOWLEDGED, MESSAGES_IN_FLIGHT, MESSAGES_RECEIVED
from stadspuls.model import Message
from stadspuls.registry import Registry
from stadspuls.settings import Settings

PAYLOAD_LIMIT = 64 * 1024
"""Bytes of a payload that are kept; of a longer one also its length and SHA-256."""
BYTES_IN_FLIGHT = 64 * 1024 * 1024
"""Bytes the bridge may hold, whatever the number of messages."""
STOP_SECONDS = 5.0
_IDLE_SECONDS = 0.2
"""How soon a stop is seen when nothing else happens."""


class OpenOutbox(Protocol):
    """Makes the outbox; it calls `stored` with every safe frame, on threads of its own."""

    def __call__(self, stored: Callable[[Frame], None]) -> Outbox:
        """The outbox."""
        ...


class Bridge:
    """Runs on one thread; only `_stored` is called from others.

    What it holds is bounded by the broker's window of unacknowledged messages (which ours set to `in_flight`), and
    where a broker sends more, by reading no further.
    """

    def __init__(self, settings: Settings, registry: Registry, open_outbox: OpenOutbox) -> None:
        self._registry = registry
        self._partitions = settings.partitions
        self._in_flight = settings.in_flight
        self._collector = Collector(settings, registry.version)
        self._safe: deque[Frame] = deque()
        self._held = 0
        self._held_bytes = 0
        self._shown = -1
        self._outbox = open_outbox(self._stored)
        self._sessions = Sessions(settings, self._receive)

    def take_up(self, registry: Registry) -> None:
        """Go on with another registry, from the next message on; from any thread."""
        self._registry = registry
        self._collector.registry_version = registry.version

    def run(self, stop: threading.Event) -> None:
        """Carry messages until told to stop; then wait until everything is safe, and leave.

        Raises:
            Exception: what ended the outbox.
        """
        try:
            while not stop.is_set():
                self._sessions.step(self._patience(), read=self._has_room())
                for frame in self._collector.due(time.monotonic()):
                    self._post(frame)
                self._acknowledge()
                self._outbox.check()
                if self._sessions.up:
                    beat()
        finally:
            self._leave()

    def _leave(self) -> None:
        for frame in self._collector.flush():
            self._post(frame)
        self._outbox.close(STOP_SECONDS)
        self._acknowledge()
        self._sessions.close()

    def _patience(self) -> float:
        due = self._collector.next_due
        return _IDLE_SECONDS if due is None else min(_IDLE_SECONDS, due - time.monotonic())

    def _has_room(self) -> bool:
        # Not `<`: a broker whose window equals ours then never makes us stop reading, and pings are answered.
        return self._held <= self._in_flight and self._held_bytes <= BYTES_IN_FLIGHT

    def _receive(self, topic: str, payload: bytes, retained: bool, ticket: Ticket | None) -> None:
        message = whole_or_cut(topic, payload, now_us(), retained)
        route = self._registry.route(topic)
        partition = partition_of(route.dataset.name if route else topic, self._partitions)
        self._held += 1
        self._held_bytes += size_of(message)
        for frame in self._collector.add(partition, message, ticket, time.monotonic()):
            self._post(frame)

    def _post(self, frame: Frame) -> None:
        MESSAGES_RECEIVED.inc(frame.messages)
        LAST_MESSAGE.set_to_current_time()
        self._outbox.put(frame)

    def _stored(self, frame: Frame) -> None:
        self._safe.append(frame)
        self._sessions.wake()

    def _acknowledge(self) -> None:
        while self._safe:
            frame = self._safe.popleft()
            MESSAGES_ACKNOWLEDGED.inc(self._sessions.acknowledge(frame.tickets))
            self._held -= frame.messages
            self._held_bytes -= frame.size
        if self._held != self._shown:
            MESSAGES_IN_FLIGHT.set(self._held)
            self._shown = self._held


def whole_or_cut(topic: str, payload: bytes, received_at: int, retained: bool = False) -> Message:
    """A message as it goes into a frame; of a payload over 64 KiB the beginning, its length and its SHA-256."""
    if len(payload) <= PAYLOAD_LIMIT:
        return Message(topic, payload, received_at, None, None, retained)
    digest = hashlib.sha256(payload).digest()
    return Message(topic, payload[:PAYLOAD_LIMIT], received_at, len(payload), digest, retained)
