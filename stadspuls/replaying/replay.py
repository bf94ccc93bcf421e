"""Sends messages once more, a little at a time, and follows each piece until it is stored.

The in-memory Kafka forgets what is not read in time, and may be lost whole: so no more is under way than it surely
keeps, and a rejection is marked only when everything that its message gave is in the store. Whatever ends a replay
early, it can be repeated.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from threading import Event
from types import TracebackType
from typing import Self

from kafka import KafkaProducer
from msgspec.structs import replace

from stadspuls.clock import now_us
from stadspuls.log import Topics, encode_messages, encode_rejected, partition_of
from stadspuls.log.admin import kafka_errors
from stadspuls.log.clients import kafka_python_options
from stadspuls.log.frames import NO_SOURCE
from stadspuls.model import Message, Reason
from stadspuls.registry import Registry
from stadspuls.registry.in_force import LOOK_SECONDS
from stadspuls.replaying.following import ANSWER_MS, Follower, Outcome
from stadspuls.replaying.selecting import Replayable
from stadspuls.settings import Settings

WAIT_SECONDS = 60.0
"""How long one piece may take until it is stored."""
TAKE_UP_TRIES = 3
"""How often a piece is sent while workers have not taken up the registry in force; they look every second."""
PIECE_BYTES = 512 * 1024
"""Of messages under way at once: half of what the bridge lets wait in one partition of an in-memory Kafka."""
_MESSAGE_BYTES = 64
"""Bytes a message takes in a frame besides topic and payload, at most."""
_LARGEST_REQUEST = 1024 * 1024


@dataclass
class Result:
    """What came of a replay so far."""

    sent: int = 0
    """Messages."""
    stored: int = 0
    """Those of them that are worked through, with all that came of them in the store."""
    published: int = 0
    """Observations that were not published before."""
    rejected: Counter[Reason] = field(default_factory=Counter)
    """Rejections that the messages gave this time."""
    details: dict[Reason, str] = field(default_factory=dict)
    """What one of each says."""


class Replayer:
    """Connected to Kafka from `__enter__` to `__exit__`; one thread uses it."""

    def __init__(self, settings: Settings, registry: Registry, stop: Event | None = None) -> None:
        """Prepare to send to the partitions that this registry says; `stop` ends a wait early."""
        self._settings = settings
        self._registry = registry
        self._topics = Topics(settings.topic_prefix)
        self._stop = stop or Event()
        self._closing = ExitStack()

    def __enter__(self) -> Self:
        """Connect.

        Raises:
            LogError: when Kafka does not answer.
        """
        with kafka_errors(self._settings), ExitStack() as stack:
            self._follower = stack.enter_context(Follower(self._settings, self._stop))
            self._producer = _producer(self._settings)
            stack.callback(self._producer.close, timeout=0)
            # A client is made whether Kafka answers or not.
            self._follower.places(range(self._settings.partitions))
            self._closing = stack.pop_all()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._closing.close()

    def replay(
        self,
        messages: Sequence[Replayable],
        report: Callable[[Result], None] = lambda _: None,
        seconds: float = WAIT_SECONDS,
    ) -> Result:
        """Send messages in their order; ends early when a piece is not stored in time, or when told to stop.

        Args:
            messages: in the order in which they were received.
            report: is told after each piece.
            seconds: how long a piece may take.

        Raises:
            LogError: when Kafka refuses or does not answer.
        """
        result = Result()
        for piece in _pieces(messages):
            if self._stop.is_set():
                break
            with kafka_errors(self._settings):
                outcome = self._replay(piece, result, seconds)
                if not outcome.done:
                    break
                self._mark(piece, outcome)
            result.stored += len(piece)
            report(result)
        return result

    def _replay(self, piece: Sequence[Replayable], result: Result, seconds: float) -> Outcome:
        """Send a piece and follow it; again when it met workers that had not taken up this registry yet."""
        result.sent += len(piece)
        for _ in range(TAKE_UP_TRIES):
            outcome = self._try(piece, seconds)
            result.published += outcome.published
            behind = outcome.rejected and outcome.registries != {self._registry.version}
            if not outcome.done or not behind or self._stop.wait(LOOK_SECONDS):
                break
        for rejection in outcome.rejected.values():
            result.rejected[rejection.reason] += 1
            result.details.setdefault(rejection.reason, rejection.detail)
        return outcome

    def _try(self, piece: Sequence[Replayable], seconds: float) -> Outcome:
        by_partition: dict[int, list[Message]] = {}
        for one in piece:
            by_partition.setdefault(self._partition(one.message), []).append(one.message)
        places = self._follower.places(by_partition)
        return self._follower.follow(self._send(by_partition), places, seconds)

    def _partition(self, message: Message) -> int:
        """Where the bridge would put it now."""
        route = self._registry.route(message.topic)
        return partition_of(route.dataset.name if route else message.topic, self._settings.partitions)

    def _send(self, by_partition: dict[int, list[Message]]) -> dict[int, dict[int, bytes]]:
        records = [
            (partition, encode_messages(frame, self._registry.version))
            for partition, messages in by_partition.items()
            for frame in _frames(messages, self._settings)
        ]
        sent: dict[int, dict[int, bytes]] = {}
        for (partition, record), offset in zip(records, self._deliver(self._topics.messages, records), strict=True):
            sent.setdefault(partition, {})[offset] = record
        return sent

    def _mark(self, piece: Sequence[Replayable], outcome: Outcome) -> None:
        """Say of each rejection that did not come again that its message was replayed."""
        now, version = now_us(), self._registry.version
        records = [
            (self._partition(one.message), encode_rejected([replace(r, replayed_at=now)], NO_SOURCE, version))
            for one in piece
            for r in one.rejections
            if r.key not in outcome.rejected
        ]
        self._deliver(self._topics.rejected, records)

    def _deliver(self, topic: str, records: Iterable[tuple[int, bytes]]) -> list[int]:
        """Offsets that Kafka has given, once all its copies have the records."""
        # The time is now: Kafka forgets by it, and what was received long ago would be gone at once.
        now = time.time_ns() // 1_000_000
        futures = [self._producer.send(topic, record, partition=p, timestamp_ms=now) for p, record in records]
        self._producer.flush(timeout=4 * ANSWER_MS / 1000)
        return [future.get(0).offset for future in futures]


def _size(message: Message) -> int:
    return len(message.payload) + len(message.topic.encode()) + _MESSAGE_BYTES


def _pieces(messages: Sequence[Replayable]) -> Iterator[list[Replayable]]:
    piece: list[Replayable] = []
    size = 0
    for one in messages:
        if piece and size + _size(one.message) > PIECE_BYTES:
            yield piece
            piece, size = [], 0
        piece.append(one)
        size += _size(one.message)
    if piece:
        yield piece


def _frames(messages: Sequence[Message], settings: Settings) -> Iterator[list[Message]]:
    """As the bridge makes them, in size."""
    frame: list[Message] = []
    size = 0
    for message in messages:
        if frame and (len(frame) == settings.frame_entries or size + _size(message) > settings.frame_bytes):
            yield frame
            frame, size = [], 0
        frame.append(message)
        size += _size(message)
    if frame:
        yield frame


def _producer(settings: Settings) -> KafkaProducer:
    return KafkaProducer(
        **kafka_python_options(settings),
        acks="all",
        enable_idempotence=True,
        linger_ms=0,
        metrics_enabled=False,
        max_request_size=_LARGEST_REQUEST,
        request_timeout_ms=2 * ANSWER_MS,
        delivery_timeout_ms=4 * ANSWER_MS,
        max_block_ms=2 * ANSWER_MS,
        bootstrap_timeout_ms=ANSWER_MS,
    )
