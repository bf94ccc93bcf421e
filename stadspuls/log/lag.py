"""How much each topic holds, and how many frames wait for `streams` and for the sink, partition by partition.

Both lags are counted in frames of `messages`: the published log names the one each of its frames came from, and the
sink's commits name the one that is stored. Offsets would not do: a transaction's end takes one too.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple, Self

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaTimeoutError

from stadspuls.errors import FrameError
from stadspuls.log.admin import ANSWER_MS, kafka_errors
from stadspuls.log.clients import SINK_GROUP, group_name, kafka_python_options, stored_source
from stadspuls.log.frames import NO_SOURCE, decode_observations
from stadspuls.log.topics import Topics
from stadspuls.settings import Settings

FIRST_LOOK = 16
"""Offsets read back at first in search of the last frame; transaction markers take offsets too."""


class PartitionLag(NamedTuple):
    """Frames of `messages` in one partition that have not come through yet."""

    partition: int
    streams: int
    """Received, not published yet."""
    sink: int
    """Published, not stored yet."""


@contextmanager
def open_progress(settings: Settings) -> Iterator["LogProgress"]:
    """Questions to a running Kafka, the embedded one too.

    Raises:
        LogError: when Kafka does not answer or refuses.
    """
    with kafka_errors(settings), LogProgress(settings) as progress:
        yield progress


class LogProgress:
    """Asks how far `streams` and the sink are; raises Kafka's own errors."""

    def __init__(self, settings: Settings) -> None:
        self._topics = Topics(settings.topic_prefix)
        self._partitions = range(settings.partitions)
        # It only looks at the sink's commits: it assigns itself nothing in that group and commits nothing.
        self._consumer = KafkaConsumer(
            **kafka_python_options(settings),
            group_id=group_name(settings, SINK_GROUP),
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            isolation_level="read_committed",
            bootstrap_timeout_ms=ANSWER_MS,
            metrics_enabled=False,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._consumer.close(autocommit=False)

    def partitions(self, topic: str) -> int:
        """How many partitions a topic has; 0 when there is none."""
        return len(self._consumer.partitions_for_topic(topic) or ())

    def records(self, topic: str) -> int:
        """How many offsets a topic holds, ends of transactions among them."""
        places = [TopicPartition(topic, partition) for partition in self._partitions]
        begins, ends = self._bounds(places)
        return sum(ends[place] - begins[place] for place in places)

    def lags(self) -> list[PartitionLag]:
        """How many frames wait in each partition."""
        received = [TopicPartition(self._topics.messages, partition) for partition in self._partitions]
        begins, ends = self._bounds(received)
        lags = []
        for place in received:
            published = self._published(place.partition)
            stored = self._stored(place.partition)
            # What Kafka has forgotten waits for nobody.
            lags.append(
                PartitionLag(
                    place.partition,
                    max(0, ends[place] - max(begins[place], published + 1)),
                    max(0, published - stored),
                )
            )
        return lags

    def _bounds(self, places: list[TopicPartition]) -> tuple[dict[TopicPartition, int], dict[TopicPartition, int]]:
        begins: dict[TopicPartition, int] = self._consumer.beginning_offsets(places, timeout_ms=ANSWER_MS)
        ends: dict[TopicPartition, int] = self._consumer.end_offsets(places, timeout_ms=ANSWER_MS)
        return begins, ends

    def _stored(self, partition: int) -> int:
        place = TopicPartition(self._topics.observations, partition)
        committed = self._consumer.committed(place, metadata=True, timeout_ms=ANSWER_MS)
        return stored_source(committed.metadata if committed else None)

    def _published(self, partition: int) -> int:
        """The source offset of the last frame that is published whole; -1 when there is none."""
        place = TopicPartition(self._topics.observations, partition)
        begins, ends = self._bounds([place])
        begin, end = begins[place], ends[place]
        look = FIRST_LOOK
        while True:
            start = max(begin, end - look)
            sources = [source for value in self._read(place, start, end) if (source := _whole_source(value)) >= 0]
            if sources or start == begin:
                return max(sources, default=NO_SOURCE)
            look *= 2

    def _read(self, place: TopicPartition, start: int, end: int) -> Iterator[bytes]:
        self._consumer.assign([place])
        self._consumer.seek(place, start)
        while self._consumer.position(place) < end:
            at = self._consumer.position(place)
            records = self._consumer.poll(timeout_ms=ANSWER_MS).get(place, [])
            yield from (bytes(record.value) for record in records if record.offset < end)
            if not records and self._consumer.position(place) == at:
                raise KafkaTimeoutError(f"{place.topic} {place.partition} does not give offset {at} of {end}")


def _whole_source(record: bytes) -> int:
    try:
        frame = decode_observations(record)
    except FrameError:
        return NO_SOURCE
    return frame.source_offset if frame.last_part else frame.source_offset - 1
