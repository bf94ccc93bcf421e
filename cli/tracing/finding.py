"""Where a reading lies in Kafka: its message, what it published, and what was rejected of it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from kafka import TopicPartition

from cli.tracing.log_reader import LogReader, Record
from cli.tracing.target import Target
from cli.tracing.traced import Looked
from stadspuls.errors import FrameError, TraceError
from stadspuls.log import Topics, decode_messages, decode_observations, decode_rejected, partition_of
from stadspuls.log.frames import NO_SOURCE, ObservationFrame, source_of
from stadspuls.model import Message, Observation, Reading, Rejection
from stadspuls.registry import Registry
from stadspuls.settings import Settings
from streams.decode import decode

MARGIN_MS = 1000
"""A frame holds what came within some 50 ms, and has the time of its first message."""
_TOGETHER = 256
"""Offsets in which all records lie that one frame has caused: some, and what a replay wrote between them."""


@dataclass(frozen=True)
class FoundMessage:
    """A message that speaks of the sensor, and where it lies."""

    offset: int
    index: int
    messages: int
    message: Message


class FoundObservation(NamedTuple):
    """An observation of the sensor, and where it lies."""

    offset: int
    frame: ObservationFrame
    observation: Observation


class FoundRejection(NamedTuple):
    """A rejection, and where it lies."""

    offset: int
    rejection: Rejection


class Finder:
    """Searches the partition of one sensor's dataset; bounded by `most` records of a topic."""

    def __init__(self, log: LogReader, settings: Settings, registry: Registry, target: Target, most: int) -> None:
        self._log = log
        self._registry = registry
        self._target = target
        self._most = most
        self._partitions = settings.partitions
        self.partition = partition_of(target.dataset.name, settings.partitions)
        topics = Topics(settings.topic_prefix)
        self._messages, self._observations, self._rejected = (
            TopicPartition(topic, self.partition) for topic in (topics.messages, topics.observations, topics.rejected)
        )
        self.looked: list[Looked] = []
        """How far each topic was searched."""

    def newest_message(self, until: int | None = None) -> FoundMessage | None:
        """The newest message that speaks of the sensor, received until an instant at the latest."""
        if until is None:
            return self._message_before(None, None)
        behind = self._log.behind(self._messages, until // 1000 + MARGIN_MS)
        return self._message_before(behind, until)

    def message_at(self, offset: int) -> FoundMessage | None:
        """The last message of one frame that speaks of the sensor.

        Raises:
            TraceError: when Kafka does not have that frame.
        """
        begin, end = self._log.bounds(self._messages)
        record = self._log.first(self._messages, offset, min(end, offset + 1)) if begin <= offset < end else None
        self._note(self._messages, 1, (begin, end))
        if record is None:
            raise TraceError(
                f"{self._messages.topic} has no offset {offset} in partition {self.partition}: it keeps "
                f"{begin} to {end - 1}" + ("" if end > begin else ", which is nothing")
            )
        found = next(self._speaking(record, None), None)
        return found or self._told_by_what_it_published(record.offset)

    def newest_observation(self, until: int | None = None) -> FoundObservation | None:
        """The newest published observation of the sensor, received until an instant at the latest."""
        begin, end = self._log.bounds(self._observations)
        seen = 0
        for record in self._log.backwards(self._observations, end, max(begin, end - self._most)):
            seen += 1
            for found in reversed(self._observations_of(record)):
                if until is None or found.observation.received_at <= until:
                    self._note(self._observations, seen, (begin, end))
                    return found
        self._note(self._observations, seen, (begin, end))
        return None

    def message_of(self, found: FoundObservation) -> FoundMessage | None:
        """The message that caused an observation; None when Kafka has forgotten it."""
        begin, end = self._log.bounds(self._messages)
        offset = found.frame.source_offset
        record = self._log.first(self._messages, offset, offset + 1) if begin <= offset < end else None
        return record and self._received_at(record, found.observation.received_at)

    def published(self, message: FoundMessage) -> list[FoundObservation]:
        """What a message published of the sensor."""
        return [
            found
            for record in self._of_source(self._observations, message.offset)
            for found in self._observations_of(record)
            if found.observation.received_at == message.message.received_at
        ]

    def worked_through(self) -> int:
        """The last frame of `messages` that has come out of `streams`; -1 where none has."""
        begin, end = self._log.bounds(self._observations)
        for record in self._log.backwards(self._observations, end, begin):
            source = _source(record)
            if source != NO_SOURCE:
                return source
        return NO_SOURCE

    def rejected(self, message: FoundMessage) -> list[FoundRejection]:
        """What was kept back of a message."""
        return [
            FoundRejection(record.offset, rejection)
            for record in self._of_source(self._rejected, message.offset)
            for rejection in _rejections(record)
            if (rejection.offset, rejection.index) == (message.offset, message.index)
        ]

    def readings(self, message: Message) -> list[Reading]:
        """What a message says of the sensor, as `streams` decodes it now."""
        readings, _ = decode([message], self._registry, self.partition, self._partitions)
        return [reading for reading in readings if reading.datastream.sensor == self._target.sensor]

    def _message_before(self, end: int | None, until: int | None) -> FoundMessage | None:
        begin, last = self._log.bounds(self._messages)
        start = last if end is None else end
        seen = 0
        for record in self._log.backwards(self._messages, start, max(begin, start - self._most)):
            seen += 1
            if found := next(self._speaking(record, until), None):
                self._note(self._messages, seen, (begin, last))
                return found
        self._note(self._messages, seen, (begin, last))
        return None

    def _speaking(self, record: Record, until: int | None) -> Iterator[FoundMessage]:
        """The messages of a frame that speak of the sensor, the last first."""
        messages = _messages(record)
        for index in reversed(range(len(messages))):
            message = messages[index]
            if (until is None or message.received_at <= until) and self._speaks(message):
                yield FoundMessage(record.offset, index, len(messages), message)

    def _speaks(self, message: Message) -> bool:
        route = self._registry.route(message.topic)
        if route is None or route.dataset.name != self._target.dataset.name:
            return False
        if route.sensor_id == self._target.sensor:
            return True
        # The topic of our own scheme says it all; elsewhere the payload may name the sensor.
        return route.source is not None and bool(self.readings(message))

    def _told_by_what_it_published(self, offset: int) -> FoundMessage | None:
        """Where a message alone does not tell its sensor: a derived value, or metrics called by number."""
        for record in self._of_source(self._observations, offset):
            for found in reversed(self._observations_of(record)):
                return self.message_of(found)
        return None

    def _received_at(self, record: Record, instant: int) -> FoundMessage | None:
        messages = _messages(record)
        found = [index for index, message in enumerate(messages) if message.received_at == instant]
        # Several may have come in one microsecond: then the one that speaks of the sensor itself.
        index = next((i for i in found if self._speaks(messages[i])), next(iter(found), None))
        return None if index is None else FoundMessage(record.offset, index, len(messages), messages[index])

    def _observations_of(self, record: Record) -> list[FoundObservation]:
        try:
            frame = decode_observations(record.value)
        except FrameError:
            return []
        name, sensor = self._target.dataset.name, self._target.sensor
        return [
            FoundObservation(record.offset, frame, one)
            for one in frame.observations
            if one.datastream.sensor == sensor and one.datastream.dataset == name
        ]

    def _of_source(self, place: TopicPartition, source: int) -> list[Record]:
        """The records that a frame of `messages` caused: they lie together, and their sources only grow."""
        begin, end = self._log.bounds(place)
        low, high = begin, end
        while low < high:
            middle = (low + high) // 2
            at = self._log.first(place, middle, end, _has_source)
            if at is None or _source(at) >= source:
                high = middle
            else:
                low = at.offset + 1
        return [one for one in self._log.read(place, low, min(end, low + _TOGETHER)) if _source(one) == source]

    def _note(self, place: TopicPartition, records: int, bounds: Sequence[int]) -> None:
        self.looked.append(Looked(place.topic, place.partition, records, bounds[0], bounds[1]))


def _messages(record: Record) -> list[Message]:
    try:
        return decode_messages(record.value).messages
    except FrameError:
        return []


def _rejections(record: Record) -> list[Rejection]:
    try:
        return decode_rejected(record.value).rejections
    except FrameError:
        return []


def _source(record: Record) -> int:
    """The frame that caused a record; all frames open with the same fields."""
    try:
        return source_of(record.value)
    except FrameError:
        return NO_SOURCE


def _has_source(record: Record) -> bool:
    """Whether a frame has caused it; what a replay says of a rejection has no source."""
    return _source(record) != NO_SOURCE
