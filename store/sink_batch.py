"""What the sink stores in one go, and what it may commit afterwards."""

from collections import Counter

from kafka import TopicPartition
from kafka.consumer.fetcher import ConsumerRecord
from kafka.structs import OffsetAndMetadata

from stadspuls.clock import now_us
from stadspuls.errors import FrameError, FrameVersionError
from stadspuls.log import ObservationFrame, Topics, decode_observations, decode_rejected
from stadspuls.log.clients import SOURCE_PREFIX
from stadspuls.logs import get_logger
from stadspuls.metrics import LOG_GAPS, UNREADABLE
from stadspuls.model import Reason, Rejection
from store.sink_gaps import GapCheck

MOST_OBSERVATIONS = 5_000

WHOLE_RECORD = -1
"""Index in the rejection of a record that could not be read: it is no message of a frame."""


class Batch:
    """Frames and rejections of some Kafka records, in their order."""

    def __init__(self, topics: Topics, gaps: GapCheck) -> None:
        self._topics = topics
        self._gaps = gaps
        self.frames: list[ObservationFrame] = []
        self.rejections: list[Rejection] = []
        self.observations = 0
        self.offsets: dict[TopicPartition, OffsetAndMetadata] = {}
        """Where each partition goes on once the batch is stored."""

    @property
    def full(self) -> bool:
        """Whether it is time to store it."""
        return self.observations + len(self.rejections) >= MOST_OBSERVATIONS

    @property
    def published_offsets(self) -> dict[int, int]:
        """By partition of the published log: where it goes on behind the batch."""
        return {
            place.partition: after.offset
            for place, after in self.offsets.items()
            if place.topic == self._topics.observations
        }

    def add(self, record: ConsumerRecord) -> None:
        """Take in a record; one that cannot be read is kept as a rejection, bytes and all.

        Raises:
            FrameVersionError: when a newer Stadspuls wrote the record; nothing of it is taken in.
        """
        value = bytes(record.value or b"")
        published = record.topic == self._topics.observations
        complete = True
        try:
            if published:
                complete = self._add_frame(record.partition, decode_observations(value))
            else:
                self.rejections.extend(decode_rejected(value).rejections)
        except FrameVersionError:
            raise
        except FrameError as error:
            self._keep_unreadable(record, value, error)
        # A source frame is stored when its last part is; a restart reads the parts before it again.
        if complete:
            through = f"{SOURCE_PREFIX}{self._gaps.through(record.partition)}" if published else ""
            place = TopicPartition(record.topic, record.partition)
            self.offsets[place] = OffsetAndMetadata(record.offset + 1, through, -1)

    def _add_frame(self, partition: int, frame: ObservationFrame) -> bool:
        if missing := self._gaps.missing(partition, frame):
            LOG_GAPS.inc(missing)
        self.frames.append(frame)
        self.observations += len(frame.observations)
        return frame.last_part

    def _keep_unreadable(self, record: ConsumerRecord, value: bytes, error: FrameError) -> None:
        UNREADABLE.labels(record.topic).inc()
        get_logger().error(
            "unreadable record", topic=record.topic, partition=record.partition, offset=record.offset, why=str(error)
        )
        self.rejections.append(
            Rejection(
                Reason.UNDECODABLE,
                str(error),
                record.topic,
                value,
                received_at=record.timestamp * 1000,
                rejected_at=now_us(),
                partition=record.partition,
                offset=record.offset,
                index=WHOLE_RECORD,
            )
        )

    def count_by_dataset(self) -> Counter[str]:
        """How many observations of each dataset are in it."""
        return Counter(o.datastream.dataset for frame in self.frames for o in frame.observations)
