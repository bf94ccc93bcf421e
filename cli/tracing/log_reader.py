"""Kafka looked at from anywhere in a partition: backwards from its end, or at the frames of one source."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple, Self

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaTimeoutError

from stadspuls.log.admin import ANSWER_MS, kafka_errors
from stadspuls.log.clients import kafka_python_options
from stadspuls.settings import Settings

FIRST_LOOK, LONGEST_LOOK = 16, 256
"""Offsets read in one step backwards: it doubles."""
_FETCH_BYTES = 256 * 1024
"""Of one answer, which has at least one record: most of what is read beyond it is not looked at."""
_POLL_MS = 100
_WAIT_MS = 20
"""librdkafka's in-memory broker answers a fetch only when its wait is over, data or not."""


class Record(NamedTuple):
    """A record of a topic."""

    offset: int
    value: bytes


@contextmanager
def open_log(settings: Settings) -> Iterator["LogReader"]:
    """A running Kafka, the embedded one too.

    Raises:
        LogError: when it does not answer or refuses.
    """
    with kafka_errors(settings), LogReader(settings) as log:
        yield log


class LogReader:
    """Reads without a consumer group, so that it has nothing to commit; raises Kafka's own errors."""

    def __init__(self, settings: Settings) -> None:
        self._consumer = KafkaConsumer(
            **kafka_python_options(settings),
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            isolation_level="read_committed",
            fetch_max_wait_ms=_WAIT_MS,
            max_partition_fetch_bytes=_FETCH_BYTES,
            bootstrap_timeout_ms=ANSWER_MS,
            metrics_enabled=False,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._consumer.close(autocommit=False)

    def bounds(self, place: TopicPartition) -> tuple[int, int]:
        """The first offset that is kept, and the one behind the last."""
        begin = self._consumer.beginning_offsets([place], timeout_ms=ANSWER_MS)[place]
        end = self._consumer.end_offsets([place], timeout_ms=ANSWER_MS)[place]
        return begin, end

    def behind(self, place: TopicPartition, instant_ms: int) -> int:
        """An offset behind what has a time before an instant; the end where Kafka has no index of times."""
        found = self._consumer.offsets_for_times({place: instant_ms}, timeout_ms=ANSWER_MS).get(place)
        return self.bounds(place)[1] if found is None or found.offset < 0 else int(found.offset)

    def first(
        self, place: TopicPartition, start: int, end: int, wanted: Callable[[Record], bool] = lambda _: True
    ) -> Record | None:
        """The first record at or behind an offset that is wanted; None when there is none before the end."""
        return next((record for some in self._polls(place, start, end) for record in some if wanted(record)), None)

    def read(self, place: TopicPartition, start: int, end: int) -> list[Record]:
        """The records between two offsets; ends of transactions, and what was aborted, take offsets too."""
        return [record for some in self._polls(place, start, end) for record in some]

    def _polls(self, place: TopicPartition, start: int, end: int) -> Iterator[list[Record]]:
        """The same as it comes; it is worked off before anything else is asked."""
        self._consumer.assign([place])
        self._consumer.seek(place, start)
        position, deadline = start, time.monotonic() + ANSWER_MS / 1000
        while position < end:
            # Not longer: a poll that meets nothing but ends of transactions waits for its whole time.
            records = self._consumer.poll(timeout_ms=_POLL_MS).get(place, [])
            yield [Record(record.offset, bytes(record.value or b"")) for record in records if record.offset < end]
            before, position = position, self._consumer.position(place)
            if position > before:
                deadline = time.monotonic() + ANSWER_MS / 1000
            elif time.monotonic() > deadline:
                raise KafkaTimeoutError(f"{place.topic} {place.partition} does not give offset {position} of {end}")

    def backwards(self, place: TopicPartition, end: int, least: int) -> Iterator[Record]:
        """The records before an offset, the last first, down to `least`."""
        look = FIRST_LOOK
        while end > least:
            start = max(least, end - look)
            yield from reversed(self.read(place, start, end))
            end, look = start, min(2 * look, LONGEST_LOOK)
