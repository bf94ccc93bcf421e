"""What became of what was sent: counted in the published log and in the store."""

from collections import Counter
from dataclasses import dataclass, field

from kafka import KafkaConsumer, TopicPartition

from stadspuls.log import Topics, decode_observations
from stadspuls.log.clients import kafka_python_options
from stadspuls.model import Identity
from stadspuls.settings import Settings
from store import HistoryQuery, StoreReader
from store.protocol import Position

PAGE = 5000


@dataclass
class PublishedLog:
    """The published log read from its beginning, and everything in it that must not be."""

    published: dict[Identity, float] = field(default_factory=dict)
    wrong: Counter[str] = field(default_factory=Counter)
    """`doubled`, `gap`, `order`, `published_at`: how often."""
    sources: dict[int, int] = field(default_factory=dict)
    """By partition: the newest input frame whose output is in the log."""
    _last_published: dict[str, int] = field(default_factory=dict)
    _open_part: dict[int, bool] = field(default_factory=dict)

    def add(self, partition: int, record: bytes) -> None:
        frame = decode_observations(record)
        expected = self.sources.get(partition, -1) + (0 if self._open_part.get(partition) else 1)
        if frame.source_offset != expected:
            self.wrong["order" if frame.source_offset < expected else "gap"] += 1
        self.sources[partition] = max(frame.source_offset, self.sources.get(partition, -1))
        self._open_part[partition] = not frame.last_part
        for observation in frame.observations:
            identity = observation.identity
            if identity in self.published:
                self.wrong["doubled"] += 1
            if observation.published_at <= self._last_published.get(identity.dataset, 0):
                self.wrong["published_at"] += 1
            self._last_published[identity.dataset] = observation.published_at
            assert isinstance(observation.value, float)
            self.published[identity] = observation.value


class LogReader:
    """Reads the published log on, as far as it goes at each call."""

    def __init__(self, settings: Settings) -> None:
        self.log = PublishedLog()
        topics = Topics(settings.topic_prefix)
        self._messages = [TopicPartition(topics.messages, n) for n in range(settings.partitions)]
        self._consumer = KafkaConsumer(
            **kafka_python_options(settings), isolation_level="read_committed", enable_auto_commit=False
        )
        self._consumer.assign([TopicPartition(topics.observations, n) for n in range(settings.partitions)])
        self._consumer.seek_to_beginning()

    def whole(self) -> bool:
        """Read on; whether every frame of `messages` has its output."""
        while records := self._consumer.poll(timeout_ms=1000):
            for place, found in records.items():
                for record in found:
                    self.log.add(place.partition, record.value)
        ends = self._consumer.end_offsets(self._messages)
        return all(self.log.sources.get(place.partition, -1) + 1 == end for place, end in ends.items())

    def close(self) -> None:
        self._consumer.close()


def stored(reader: StoreReader, datasets: list[str]) -> dict[Identity, float]:
    """Every observation in the store."""
    found: dict[Identity, float] = {}
    for dataset in datasets:
        after: Position | None = None
        while True:
            page = reader.history(HistoryQuery(dataset=dataset, after=after, limit=PAGE))
            for observation in page:
                assert isinstance(observation.value, float)
                found[observation.identity] = observation.value
            if len(page) < PAGE:
                break
            last = page[-1]
            after = Position(last.observed_at, last.datastream.sensor, last.datastream.observed_property)
    return found
