"""The thread that sends frames to topic `messages`, one of a partition at a time, until Kafka has each.

Kafka has a frame when it has answered for that very one, to the producer in charge; only then is the next of its
partition given to any producer. A producer that was given up can therefore deliver late only what is there already:
frames may come twice, which `streams` sees, but each comes first in its order.
"""

import contextlib
import gc
import threading
import time
from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

from kafka import KafkaProducer
from kafka.errors import KafkaError

from ingest.frames import Outgoing
from ingest.lanes import Lanes
from ingest.spool import Spool
from ingest.unread import SinkProgress, UnreadBytes
from ingest.unstored import Unstored
from stadspuls.backoff import Backoff
from stadspuls.log import Topics
from stadspuls.log.clients import kafka_python_options
from stadspuls.logs import get_logger
from stadspuls.metrics import BRIDGE_PAUSES, FRAMES_SENT
from stadspuls.settings import Profile, Settings

_ANSWER_MS = 10_000
"""How long Kafka may take for one answer, and half of what the producer tries before we begin anew."""
_LONGEST_DELAY = 5.0
"""Between two attempts to reach Kafka, in seconds."""
_LOOK_SECONDS = 0.05
"""How often the sink is asked while its slowness holds frames back."""
_PROGRESS_SECONDS = 0.5
"""How often the sink is asked which frames need not be kept any more."""
_LARGEST_REQUEST = 1024 * 1024

_log = get_logger()


class _Answer(NamedTuple):
    producer: KafkaProducer
    partition: int
    offset: int
    error: Exception | None


class Sender:
    """Sends what the lanes hold.

    In the real profile a frame is handed on once Kafka has it, in the embedded profile once the sink has stored it:
    the in-memory Kafka may vanish, its offsets mean nothing to its successor, which gets again what is not stored.
    """

    def __init__(self, settings: Settings, lanes: Lanes, spool: Spool) -> None:
        self.ended: Exception | None = None
        self._settings = settings
        self._lanes = lanes
        self._spool = spool
        self._topic = Topics(settings.topic_prefix).messages
        self._limit = settings.kafka_unread_limit
        self._partitions = range(settings.partitions)
        self._answers: deque[_Answer] = deque()
        self._sending: dict[int, Outgoing] = {}
        self._paused: set[int] = set()
        self._unstored = Unstored(settings.partitions) if settings.profile is Profile.EMBEDDED else None
        self._asked = 0.0
        self._backoff = Backoff(longest=_LONGEST_DELAY)
        self._told = False
        self._thread = threading.Thread(target=self._run, name="kafka", daemon=True)
        self._thread.start()

    def join(self, timeout: float) -> None:
        """After `lanes.leave`: wait for the thread to end."""
        self._thread.join(timeout)

    def _run(self) -> None:
        try:
            self._send_for_ever()
        except Exception as error:  # the owner's thread raises it
            self.ended = error
            self._lanes.wake()

    def _send_for_ever(self) -> None:
        while not self._lanes.leaving:
            try:
                with self._clients() as (producer, progress):
                    self._serve(producer, progress)
            except KafkaError as error:
                if not self._told:
                    _log.warning("kafka cannot be used; trying until it can", why=str(error))
                self._told = True
                # kafka-python leaves the sockets of failed attempts in cycles; in a long outage they would add up.
                gc.collect()
                with self._lanes.change:
                    self._lanes.change.wait_for(lambda: self._lanes.leaving, self._backoff.delay())

    @contextlib.contextmanager
    def _clients(self) -> Iterator[tuple[KafkaProducer, SinkProgress | None]]:
        self._sending.clear()
        with contextlib.ExitStack() as stack:
            producer = _producer(self._settings)
            stack.callback(producer.close, timeout=0)
            asks = self._limit or self._unstored
            yield producer, stack.enter_context(SinkProgress(self._settings)) if asks else None

    def _serve(self, producer: KafkaProducer, progress: SinkProgress | None) -> None:
        if progress and self._unstored and self._unstored.gone(progress.ends()):
            self._begin_anew(self._unstored)
        unread = progress.unread() if progress and self._limit else []
        while not self._lanes.leaving:
            for partition in self._partitions:
                self._send_next(partition, producer, progress, unread)
            with self._lanes.change:
                self._lanes.change.wait_for(self._has_work, self._patience())
            while self._answers:
                answer = self._answers.popleft()
                if answer.producer is producer:
                    self._take(answer, unread)
            if progress and self._unstored:
                self._hand_on_stored(progress, self._unstored)

    def _has_work(self) -> bool:
        idle = (p for p in self._partitions if p not in self._sending and p not in self._paused)
        return bool(self._answers) or self._lanes.leaving or any(map(self._lanes.unsent, idle))

    def _patience(self) -> float | None:
        if self._paused:
            return _LOOK_SECONDS
        return _PROGRESS_SECONDS if self._unstored and self._unstored.partitions() else None

    def _send_next(
        self, partition: int, producer: KafkaProducer, progress: SinkProgress | None, unread: list[UnreadBytes]
    ) -> None:
        if partition in self._sending or not self._lanes.unsent(partition):
            return
        frame = self._lanes.next(partition)
        if frame is None or (unread and progress and not self._may_send(partition, frame, progress, unread[partition])):
            return
        self._sending[partition] = frame
        future = producer.send(self._topic, frame.record, partition=partition, timestamp_ms=frame.timestamp_ms)
        future.add_callback(lambda sent: self._answer(_Answer(producer, partition, sent.offset, None)))
        future.add_errback(lambda error: self._answer(_Answer(producer, partition, -1, error)))

    def _may_send(self, partition: int, frame: Outgoing, progress: SinkProgress, unread: UnreadBytes) -> bool:
        """Whether the in-memory Kafka keeps the frame until the sink has stored it."""
        if unread.total > self._limit // 4:
            unread.stored(progress.stored(partition))
        if unread.has_room(len(frame.record), self._limit):
            self._paused.discard(partition)
            return True
        if partition not in self._paused:
            self._paused.add(partition)
            BRIDGE_PAUSES.inc()
        return False

    def _answer(self, answer: _Answer) -> None:
        with self._lanes.change:
            self._answers.append(answer)
            self._lanes.change.notify_all()

    def _take(self, answer: _Answer, unread: list[UnreadBytes]) -> None:
        if answer.error:
            raise answer.error
        partition = answer.partition
        frame = self._sending.pop(partition)
        if self._unstored and not self._unstored.sent(partition, answer.offset, frame.number):
            self._begin_anew(self._unstored, partition=partition, offset=answer.offset)
            raise KafkaError("it began anew")
        self._lanes.answered(partition, frame.number)
        if unread:
            unread[partition].sent(answer.offset, len(frame.record))
        if self._told:
            _log.info("kafka answers again")
        self._told = False
        self._backoff.reset()
        FRAMES_SENT.inc()
        if not self._unstored:
            self._hand_on(partition, frame.number)

    def _hand_on_stored(self, progress: SinkProgress, unstored: Unstored) -> None:
        if time.monotonic() - self._asked < _PROGRESS_SECONDS:
            return
        self._asked = time.monotonic()
        for partition in unstored.partitions():
            number = unstored.stored(partition, progress.stored_with_rejections(partition))
            if number is not None:
                self._hand_on(partition, number)

    def _hand_on(self, partition: int, number: int) -> None:
        self._spool.done(partition, number)
        self._lanes.safe(partition, number)

    def _begin_anew(self, unstored: Unstored, **seen: int) -> None:
        _log.warning("kafka began anew: what the sink had not stored is sent again", topic=self._topic, **seen)
        unstored.forget()
        self._lanes.send_again()


def _producer(settings: Settings) -> KafkaProducer:
    return KafkaProducer(
        **kafka_python_options(settings),
        acks="all",
        enable_idempotence=True,
        linger_ms=0,
        # A frame is a batch of its own.
        batch_size=0,
        metrics_enabled=False,
        max_request_size=_LARGEST_REQUEST,
        request_timeout_ms=_ANSWER_MS,
        delivery_timeout_ms=2 * _ANSWER_MS,
        max_block_ms=_ANSWER_MS,
        bootstrap_timeout_ms=_ANSWER_MS,
        reconnect_backoff_max_ms=1_000,
    )
