"""How far the sink is, and what topic `messages` holds behind it: the in-memory Kafka forgets it beyond 5 MiB.

The sink's commits on `observations` name the offset in `messages` through which all is stored. What such a frame has
rejected is in the topic `rejected` by then, but may not be stored yet.
"""

from collections import deque
from typing import NamedTuple, Self

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaTimeoutError

from stadspuls.log import Topics
from stadspuls.log.clients import SINK_GROUP, group_name, kafka_python_options, stored_source
from stadspuls.settings import Settings

ANSWER_MS = 5_000
_RECORD_OVERHEAD = 100
"""Bytes of Kafka's own around a record that stands alone in its batch."""


class Sent(NamedTuple):
    """A record in `messages`."""

    offset: int
    size: int


class UnreadBytes:
    """Counts, for one partition, the bytes of records that are sent and not stored."""

    def __init__(self) -> None:
        self._sent: deque[Sent] = deque()
        self.total = 0

    def sent(self, offset: int, size: int) -> None:
        """A record was sent; an offset that was already there means that Kafka began anew."""
        if self._sent and offset <= self._sent[-1].offset:
            self._sent.clear()
            self.total = 0
        self._sent.append(Sent(offset, size + _RECORD_OVERHEAD))
        self.total += size + _RECORD_OVERHEAD

    def stored(self, source: int) -> None:
        """Everything up to this offset is in the store."""
        while self._sent and self._sent[0].offset <= source:
            self.total -= self._sent.popleft().size

    def has_room(self, size: int, limit: int) -> bool:
        """Whether a record may follow; one always may when nothing is unread."""
        return not self._sent or self.total + size <= limit


class _Behind(NamedTuple):
    """An offset in `messages` that is stored, once `rejected` is stored up to an end."""

    source: int
    rejected_end: int


class SinkProgress:
    """Asks Kafka how far the sink is, and what lies unread behind it."""

    def __init__(self, settings: Settings) -> None:
        topics = Topics(settings.topic_prefix)
        self._messages, self._observations, self._rejected = topics.messages, topics.observations, topics.rejected
        self._partitions = range(settings.partitions)
        self._behind: list[deque[_Behind]] = [deque() for _ in self._partitions]
        self._through = [-1 for _ in self._partitions]
        # It only looks at the sink's commits: it assigns itself nothing in that group and commits nothing.
        self._consumer = KafkaConsumer(
            **kafka_python_options(settings),
            group_id=group_name(settings, SINK_GROUP),
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            metrics_enabled=False,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._consumer.close()

    def stored(self, partition: int) -> int:
        """The offset in `messages` through which the sink has stored a partition; -1 when it has nothing.

        Raises:
            kafka.errors.KafkaError: when Kafka does not answer.
        """
        place = TopicPartition(self._observations, partition)
        committed = self._consumer.committed(place, metadata=True, timeout_ms=ANSWER_MS)
        return stored_source(committed.metadata if committed else None)

    def stored_with_rejections(self, partition: int) -> int:
        """As `stored`, but only as far as what was rejected is stored too.

        Raises:
            kafka.errors.KafkaError: when Kafka does not answer.
        """
        source = self.stored(partition)
        place = TopicPartition(self._rejected, partition)
        # Asked after `source`: what those frames have rejected lies before this end.
        end = self._consumer.end_offsets([place], timeout_ms=ANSWER_MS)[place]
        committed = self._consumer.committed(place, timeout_ms=ANSWER_MS) or 0
        behind = self._behind[partition]
        if source > (behind[-1].source if behind else self._through[partition]):
            behind.append(_Behind(source, end))
        while behind and behind[0].rejected_end <= committed:
            self._through[partition] = behind.popleft().source
        return self._through[partition]

    def ends(self) -> list[int]:
        """For every partition of `messages` the offset that its next frame gets.

        Raises:
            kafka.errors.KafkaError: when Kafka does not answer.
        """
        places = [TopicPartition(self._messages, partition) for partition in self._partitions]
        ends = self._consumer.end_offsets(places, timeout_ms=ANSWER_MS)
        return [ends[place] for place in places]

    def unread(self) -> list[UnreadBytes]:
        """For every partition what is unread in it, whoever sent it.

        Raises:
            kafka.errors.KafkaError: when Kafka does not answer.
        """
        return [self._unread(partition) for partition in self._partitions]

    def _unread(self, partition: int) -> UnreadBytes:
        place = TopicPartition(self._messages, partition)
        found = UnreadBytes()
        self._consumer.assign([place])
        end = self._consumer.end_offsets([place], timeout_ms=ANSWER_MS)[place]
        first = self._consumer.beginning_offsets([place], timeout_ms=ANSWER_MS)[place]
        at = max(first, self.stored(partition) + 1)
        if at < end:
            self._consumer.seek(place, at)
        while at < end:
            records = self._consumer.poll(timeout_ms=ANSWER_MS).get(place, [])
            if not records:
                raise KafkaTimeoutError(f"{place.topic} {place.partition} does not give offset {at} of {end}")
            for record in records:
                found.sent(record.offset, record.serialized_value_size)
            at = records[-1].offset + 1
        return found
