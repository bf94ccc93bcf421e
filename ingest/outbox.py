"""Where frames wait until Kafka has them; a spool on disk would be another outbox of the same form."""

import contextlib
import threading
from collections import deque
from collections.abc import Callable, Iterator
from typing import NamedTuple, Protocol

from kafka import KafkaProducer
from kafka.errors import KafkaError

from ingest.backoff import Backoff
from ingest.frames import Frame
from ingest.unread import SinkProgress, UnreadBytes
from stadspuls.log import Topics
from stadspuls.log.clients import kafka_python_options
from stadspuls.logs import get_logger
from stadspuls.metrics import BRIDGE_PAUSES, FRAMES_SENT
from stadspuls.settings import Settings

_ANSWER_MS = 10_000
"""How long Kafka may take for one answer, and half of what the producer tries before we begin anew."""
_LOOK_SECONDS = 0.05
"""How often the sink is asked while its slowness holds frames back."""
_LARGEST_REQUEST = 1024 * 1024

_log = get_logger()


class Outbox(Protocol):
    """Takes frames in order and gives each back, in order of its partition, once it is safe."""

    def put(self, frame: Frame) -> None:
        """Take a frame, without waiting."""
        ...

    def check(self) -> None:
        """Raise what ended the outbox, if anything did."""
        ...

    def close(self, timeout: float) -> None:
        """Wait until every frame is safe, at most `timeout` seconds, and end."""
        ...


class _Answer(NamedTuple):
    producer: KafkaProducer
    partition: int
    offset: int
    error: Exception | None


class KafkaOutbox:
    """Sends frames to topic `messages`, one a partition at a time, again and again until Kafka has them.

    One at a time keeps the order whatever fails. After any failure a new producer begins with the oldest frame that
    is not known to be in Kafka: it may then be there twice, which `streams` sees.
    """

    def __init__(self, settings: Settings, stored: Callable[[Frame], None]) -> None:
        """Begin; `stored` is called on the outbox's own thread."""
        self._settings = settings
        self._topic = Topics(settings.topic_prefix).messages
        self._limit = settings.kafka_unread_limit
        self._stored = stored
        self._queues: list[deque[Frame]] = [deque() for _ in range(settings.partitions)]
        self._answers: deque[_Answer] = deque()
        self._sending: set[int] = set()
        self._paused: set[int] = set()
        self._change = threading.Condition()
        self._backoff = Backoff()
        self._told = False
        self._closing = False
        self._abandoned = False
        self._ended: Exception | None = None
        self._thread = threading.Thread(target=self._run, name="outbox", daemon=True)
        self._thread.start()

    def put(self, frame: Frame) -> None:
        """Take a frame, without waiting."""
        with self._change:
            self._queues[frame.partition].append(frame)
            self._change.notify()

    def check(self) -> None:
        """Raise what ended the thread, if anything did."""
        if self._ended:
            raise self._ended

    def close(self, timeout: float) -> None:
        """Wait until Kafka has every frame, at most `timeout` seconds; what it has not, MQTT brings again."""
        with self._change:
            self._closing = True
            self._change.notify()
        self._thread.join(timeout)
        with self._change:
            self._abandoned = True
            self._change.notify()

    def _run(self) -> None:
        try:
            self._send_for_ever()
        except Exception as error:  # the owner's thread raises it
            self._ended = error

    def _send_for_ever(self) -> None:
        while not self._finished():
            try:
                with self._clients() as (producer, progress):
                    self._serve(producer, progress)
            except KafkaError as error:
                if not self._told:
                    _log.warning("kafka cannot be used; trying until it can", reason=str(error))
                self._told = True
                with self._change:
                    self._change.wait_for(lambda: self._abandoned, self._backoff.delay())

    def _finished(self) -> bool:
        return self._abandoned or (self._closing and not any(self._queues))

    @contextlib.contextmanager
    def _clients(self) -> Iterator[tuple[KafkaProducer, SinkProgress | None]]:
        self._sending.clear()
        with contextlib.ExitStack() as stack:
            producer = _producer(self._settings)
            stack.callback(producer.close, timeout=0)
            progress = stack.enter_context(SinkProgress(self._settings)) if self._limit else None
            yield producer, progress

    def _serve(self, producer: KafkaProducer, progress: SinkProgress | None) -> None:
        unread = progress.unread() if progress else []
        while not self._finished():
            for partition in range(len(self._queues)):
                self._send_next(partition, producer, progress, unread)
            with self._change:
                self._change.wait_for(self._has_work, _LOOK_SECONDS if self._paused else None)
            while self._answers:
                answer = self._answers.popleft()
                if answer.producer is producer:
                    self._take(answer, unread)

    def _has_work(self) -> bool:
        waiting = (
            queue
            for partition, queue in enumerate(self._queues)
            if partition not in self._sending and partition not in self._paused
        )
        return bool(self._answers) or any(waiting) or self._finished()

    def _send_next(
        self, partition: int, producer: KafkaProducer, progress: SinkProgress | None, unread: list[UnreadBytes]
    ) -> None:
        queue = self._queues[partition]
        if not queue or partition in self._sending:
            return
        frame = queue[0]
        if progress and not self._may_send(frame, progress, unread[partition]):
            return
        self._sending.add(partition)
        future = producer.send(self._topic, frame.record, partition=partition, timestamp_ms=frame.timestamp_ms)
        future.add_callback(lambda sent: self._answer(_Answer(producer, partition, sent.offset, None)))
        future.add_errback(lambda error: self._answer(_Answer(producer, partition, -1, error)))

    def _may_send(self, frame: Frame, progress: SinkProgress, unread: UnreadBytes) -> bool:
        """Whether the in-memory Kafka keeps the frame until the sink has stored it."""
        if unread.total > self._limit // 4:
            unread.stored(progress.stored(frame.partition))
        if unread.has_room(len(frame.record), self._limit):
            self._paused.discard(frame.partition)
            return True
        if frame.partition not in self._paused:
            self._paused.add(frame.partition)
            BRIDGE_PAUSES.inc()
        return False

    def _answer(self, answer: _Answer) -> None:
        with self._change:
            self._answers.append(answer)
            self._change.notify()

    def _take(self, answer: _Answer, unread: list[UnreadBytes]) -> None:
        if answer.error:
            raise answer.error
        frame = self._queues[answer.partition].popleft()
        self._sending.discard(answer.partition)
        if unread:
            unread[answer.partition].sent(answer.offset, len(frame.record))
        if self._told:
            _log.info("kafka answers again")
        self._told = False
        self._backoff.reset()
        FRAMES_SENT.inc()
        self._stored(frame)


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
