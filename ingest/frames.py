"""Messages of one partition, collected until a frame is full or has waited long enough."""

from dataclasses import dataclass, field
from typing import NamedTuple

from stadspuls.log import encode_messages
from stadspuls.model import Message
from stadspuls.settings import Settings

_OVERHEAD = 64
"""Bytes a message takes in a frame besides topic and payload, at most."""


def size_of(message: Message) -> int:
    """Bytes a message takes in a frame, rounded up."""
    return len(message.payload) + len(message.topic.encode()) + _OVERHEAD


class Ticket(NamedTuple):
    """What acknowledges a message: its packet id, valid only on the connection that brought it."""

    connection: int
    packet_id: int


@dataclass(slots=True, kw_only=True)
class Frame:
    """A record for topic `messages`, and what to do once it is safe."""

    partition: int
    record: bytes
    timestamp_ms: int
    """When its first message was received."""
    messages: int
    size: int
    """Bytes of its messages, as they count while in flight."""
    tickets: list[Ticket]
    """Of its QoS 1 messages; the others need no acknowledgement."""
    number: int = 0
    """Its place in the outbox, which gives it."""
    since: float = 0.0
    """When the outbox took it (monotonic seconds)."""


class Outgoing(NamedTuple):
    """A frame on its way to Kafka, from memory or from the spool."""

    number: int
    timestamp_ms: int
    record: bytes


@dataclass(slots=True)
class _Open:
    closes_at: float
    messages: list[Message] = field(default_factory=list)
    tickets: list[Ticket] = field(default_factory=list)
    size: int = 0


class Collector:
    """The open frames, one a partition. Times are seconds of a monotonic clock, given by the caller.

    Attributes:
        registry_version: what frames say was in force when they were closed.
    """

    def __init__(self, settings: Settings, registry_version: str) -> None:
        self._wait = settings.frame_wait
        self._entries = settings.frame_entries
        self._bytes = settings.frame_bytes
        self.registry_version = registry_version
        self._open: dict[int, _Open] = {}

    def add(self, partition: int, message: Message, ticket: Ticket | None, now: float) -> list[Frame]:
        """Take a message; the frames that are complete because of it, in order."""
        complete = []
        size = size_of(message)
        frame = self._open.get(partition)
        if frame and frame.size + size > self._bytes:
            complete.append(self._close(partition))
            frame = None
        if frame is None:
            frame = self._open[partition] = _Open(now + self._wait)
        frame.messages.append(message)
        frame.size += size
        if ticket:
            frame.tickets.append(ticket)
        if len(frame.messages) >= self._entries or frame.size >= self._bytes:
            complete.append(self._close(partition))
        return complete

    def due(self, now: float) -> list[Frame]:
        """The frames that have waited long enough."""
        return [self._close(partition) for partition, frame in list(self._open.items()) if frame.closes_at <= now]

    def flush(self) -> list[Frame]:
        """Every open frame, whether full or not."""
        return [self._close(partition) for partition in list(self._open)]

    @property
    def next_due(self) -> float | None:
        """When the first open frame has waited long enough; None when there is none."""
        return min((frame.closes_at for frame in self._open.values()), default=None)

    def _close(self, partition: int) -> Frame:
        frame = self._open.pop(partition)
        return Frame(
            partition=partition,
            record=encode_messages(frame.messages, self.registry_version),
            timestamp_ms=frame.messages[0].received_at // 1000,
            messages=len(frame.messages),
            size=frame.size,
            tickets=frame.tickets,
        )
