"""What comes of frames of `messages`: published, rejected, and stored."""

import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Event
from typing import Self

from kafka import KafkaConsumer, TopicPartition
from kafka.consumer.fetcher import ConsumerRecord
from kafka.errors import KafkaError

from stadspuls.errors import FrameError
from stadspuls.log import Topics, decode_observations, decode_rejected
from stadspuls.log.clients import SINK_GROUP, group_name, kafka_python_options, stored_source
from stadspuls.model import Rejection
from stadspuls.settings import Settings

ANSWER_MS = 5_000
_POLL_MS = 100
_LOOK_SECONDS = 0.1

Sent = Mapping[int, Mapping[int, bytes]]
"""By partition and offset: the records that were sent."""
Places = Mapping[TopicPartition, int]


@dataclass
class Outcome:
    """What is known so far of frames that were sent."""

    published: int = 0
    """Observations."""
    rejected: dict[str, Rejection] = field(default_factory=dict)
    """By key: a worker that began anew may have said the same twice."""
    registries: set[str] = field(default_factory=set)
    """Versions of the registry by which they were worked through."""
    done: bool = False
    """Whether all of it was worked through, and is in the store."""


class Follower:
    """Reads behind frames; raises Kafka's own errors where it says so, and else waits until Kafka answers again."""

    def __init__(self, settings: Settings, stop: Event) -> None:
        self._topics = Topics(settings.topic_prefix)
        self._stop = stop
        # It only looks at the sink's commits: it assigns itself nothing in that group and commits nothing.
        self._consumer = KafkaConsumer(
            **kafka_python_options(settings),
            group_id=group_name(settings, SINK_GROUP),
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            isolation_level="read_committed",
            fetch_max_wait_ms=_POLL_MS,
            bootstrap_timeout_ms=ANSWER_MS,
            metrics_enabled=False,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._consumer.close(autocommit=False)

    def places(self, partitions: Iterable[int]) -> Places:
        """Where the outputs of some partitions end now: what is sent from here on comes out behind.

        Raises:
            kafka.errors.KafkaError: when Kafka does not answer.
        """
        places = [TopicPartition(topic, p) for p in partitions for topic in self._outputs]
        return dict(self._consumer.end_offsets(places, timeout_ms=ANSWER_MS))

    def follow(self, sent: Sent, places: Places, seconds: float) -> Outcome:
        """Wait until frames are worked through and stored, for so many seconds at most or until told to stop."""
        deadline = time.monotonic() + seconds
        following = _Following(sent, self._topics)
        self._consumer.assign(list(places))
        for place, offset in places.items():
            self._consumer.seek(place, offset)

        def read() -> bool:
            self._read(following)
            return not following.awaited

        following.outcome.done = (
            self._until(read, deadline)
            and self._until(lambda: self._rejections_read(following, sent), deadline)
            and self._until(lambda: self._stored(following, sent), deadline)
            and self._until(lambda: self._same_log(sent), deadline)
        )
        return following.outcome

    @property
    def _outputs(self) -> tuple[str, str]:
        return self._topics.observations, self._topics.rejected

    def _until(self, condition: Callable[[], bool], deadline: float) -> bool:
        while not self._stop.is_set() and time.monotonic() < deadline:
            # Kafka may answer again.
            with suppress(KafkaError):
                if condition():
                    return True
            self._stop.wait(_LOOK_SECONDS)
        return False

    def _read(self, following: "_Following") -> None:
        for records in self._consumer.poll(timeout_ms=_POLL_MS).values():
            for record in records:
                following.take(record)

    def _rejections_read(self, following: "_Following", sent: Sent) -> bool:
        """What a frame has rejected lies before the end that there is once it is worked through."""
        places = [TopicPartition(self._topics.rejected, partition) for partition in sent]
        ends = self._consumer.end_offsets(places, timeout_ms=ANSWER_MS)
        self._read(following)
        return all(self._consumer.position(place) >= end for place, end in ends.items())

    def _stored(self, following: "_Following", sent: Sent) -> bool:
        for partition, frames in sent.items():
            published = TopicPartition(self._topics.observations, partition)
            committed = self._consumer.committed(published, metadata=True, timeout_ms=ANSWER_MS)
            if stored_source(committed.metadata if committed else None) < max(frames):
                return False
            rejected = TopicPartition(self._topics.rejected, partition)
            if (self._consumer.committed(rejected, timeout_ms=ANSWER_MS) or 0) < following.rejected_through[partition]:
                return False
        return True

    def _same_log(self, sent: Sent) -> bool:
        """Whether the frames are where they were put: an in-memory Kafka that began anew uses offsets again."""
        places = {TopicPartition(self._topics.messages, partition): max(frames) for partition, frames in sent.items()}
        self._consumer.assign(list(places))
        for place, offset in places.items():
            self._consumer.seek(place, offset)
        found: dict[TopicPartition, ConsumerRecord] = {}
        while len(found) < len(places):
            polled = self._consumer.poll(timeout_ms=ANSWER_MS)
            if not polled:
                return False
            for place, records in polled.items():
                found.setdefault(place, records[0])
        return all(bytes(r.value) == sent[place.partition].get(r.offset) for place, r in found.items())


class _Following:
    """What is read of the outputs, record by record."""

    def __init__(self, sent: Sent, topics: Topics) -> None:
        self.outcome = Outcome()
        self.awaited = {partition: max(frames) for partition, frames in sent.items()}
        """The last frame of each partition that is not worked through yet."""
        self.rejected_through = dict.fromkeys(sent, 0)
        """How far the sink must have stored what was rejected."""
        self._sent = sent
        self._topics = topics
        self._parts: set[tuple[int, int, int]] = set()

    def take(self, record: ConsumerRecord) -> None:
        # What cannot be read is the sink's to tell.
        with suppress(FrameError):
            if record.topic == self._topics.observations:
                self._take_published(record.partition, bytes(record.value))
            elif record.topic == self._topics.rejected:
                self._take_rejected(record)

    def _take_published(self, partition: int, value: bytes) -> None:
        frame = decode_observations(value)
        part = (partition, frame.source_offset, frame.part)
        if frame.source_offset in self._sent[partition] and part not in self._parts:
            self._parts.add(part)
            self.outcome.registries.add(frame.registry)
            self.outcome.published += len(frame.observations)
        last = self.awaited.get(partition)
        if last is not None and frame.last_part and frame.source_offset >= last:
            del self.awaited[partition]

    def _take_rejected(self, record: ConsumerRecord) -> None:
        for rejection in decode_rejected(bytes(record.value)).rejections:
            frames = self._sent.get(rejection.partition, {})
            # A mark of an earlier replay names an offset too.
            if rejection.offset in frames and rejection.replayed_at is None:
                self.outcome.rejected[rejection.key] = rejection
                self.rejected_through[record.partition] = record.offset + 1
