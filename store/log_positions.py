"""How far the published log is stored, as the sink's commits say it: an offset and `source=` for every partition."""

from collections.abc import Iterable, Mapping

import msgspec
from kafka import KafkaConsumer, TopicPartition
from kafka.structs import OffsetAndMetadata

from stadspuls.log import Topics
from stadspuls.settings import Settings

ANSWER_MS = 30_000
"""A Kafka that has just been started reads its commits first."""


class LogPosition(msgspec.Struct, frozen=True, array_like=True):
    """Where a partition goes on, and what stands beside it in the commit."""

    topic: str
    partition: int
    offset: int
    metadata: str

    @property
    def place(self) -> TopicPartition:
        """The partition."""
        return TopicPartition(self.topic, self.partition)


class LogMark(msgspec.Struct, frozen=True):
    """How far the sink had come, and in which log."""

    log: str
    """Kafka cluster and prefix of the topics."""
    positions: list[LogPosition]


def log_places(settings: Settings) -> list[TopicPartition]:
    """Every partition that the sink reads; those of the published log come first."""
    topics = Topics(settings.topic_prefix)
    return [TopicPartition(t, p) for t in (topics.observations, topics.rejected) for p in range(settings.partitions)]


def committed_positions(consumer: KafkaConsumer, places: Iterable[TopicPartition]) -> list[LogPosition]:
    """What the consumer's group has committed; raises Kafka's own errors."""
    found = ((place, consumer.committed(place, metadata=True, timeout_ms=ANSWER_MS)) for place in places)
    return [LogPosition(place.topic, place.partition, c.offset, c.metadata) for place, c in found if c is not None]


def commit_positions(consumer: KafkaConsumer, positions: Iterable[LogPosition]) -> None:
    """Make the consumer's group go on there; raises Kafka's own errors."""
    offsets = {p.place: OffsetAndMetadata(p.offset, p.metadata, -1) for p in positions}
    if offsets:
        consumer.commit(offsets, timeout_ms=ANSWER_MS)


def as_positions(offsets: Mapping[TopicPartition, OffsetAndMetadata]) -> list[LogPosition]:
    """Commits as positions, in the order of their places."""
    return [LogPosition(place.topic, place.partition, c.offset, c.metadata) for place, c in sorted(offsets.items())]
