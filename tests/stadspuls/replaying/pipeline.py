"""Streams' own steps and the real sink behind an in-memory Kafka: what a replay goes through."""

import threading
from pathlib import Path

from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from stadspuls.clock import now_us
from stadspuls.log import Topics, decode_messages, encode_messages
from stadspuls.log.clients import kafka_python_options
from stadspuls.model import Message, Observation, Rejection
from stadspuls.registry import Registry
from stadspuls.settings import Settings, load_settings
from store import HistoryQuery, RejectedQuery
from store.backends import open_reader
from streams.publish import records, rejected_records
from streams.state import PartitionState
from streams.work import finish, prepare
from tests.store.kafka_log import Broker, RunningSink, until

PARTITIONS = 4
FAR = 2**62


class Pipeline:
    """Works every frame of `messages` through while the block lasts, with whatever registry it has then."""

    def __init__(self, broker: Broker, folder: Path, registry: Registry) -> None:
        self.settings: Settings = load_settings(
            None, kafka_bootstrap=broker.address, topic_prefix=broker.fresh_prefix(), data_dir=folder
        )
        self.registry = registry
        self.frames: list[tuple[int, list[Message]]] = []
        """Those worked through: partition and messages."""
        # The sink forgets what was rejected long ago.
        self._now = now_us()
        self._next: tuple[int, Registry] | None = None
        self._topics = Topics(self.settings.topic_prefix)
        self._states = [PartitionState() for _ in range(PARTITIONS)]
        self._sink = RunningSink(self.settings)
        self._stop = threading.Event()
        self.pause = threading.Event()
        """While it is set, nothing is worked through."""
        self._thread = threading.Thread(target=self._run)
        self._producer = KafkaProducer(**kafka_python_options(self.settings))

    def __enter__(self) -> "Pipeline":
        self._sink.__enter__()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(30)
        self._sink.__exit__(None, None, None)
        self._producer.close()

    def receive(self, partition: int, *messages: Message) -> None:
        """As the bridge does; waits until they are worked through and stored."""
        seen = len(self.frames)
        record = encode_messages(list(messages), self.registry.version)
        self.record = record
        self._producer.send(self._topics.messages, record, partition=partition).get(10)
        until(lambda: len(self.frames) > seen, "the frame to be worked through")

    def taken_up_after(self, frames: int, registry: Registry) -> None:
        """Go on with another registry once so many frames are worked through."""
        self._next = (frames, registry)

    def observations(self, dataset: str) -> list[Observation]:
        reader = open_reader(self.settings)
        try:
            return reader.history(HistoryQuery(dataset=dataset))
        finally:
            reader.close()

    def rejections(self) -> list[Rejection]:
        reader = open_reader(self.settings)
        try:
            return reader.rejected(RejectedQuery())
        finally:
            reader.close()

    def _run(self) -> None:
        consumer = KafkaConsumer(
            **kafka_python_options(self.settings), auto_offset_reset="earliest", fetch_max_wait_ms=20
        )
        consumer.assign([TopicPartition(self._topics.messages, p) for p in range(PARTITIONS)])
        reader = open_reader(self.settings)
        while not self._stop.is_set():
            if self.pause.is_set():
                self._stop.wait(0.02)
                continue
            for found in consumer.poll(timeout_ms=50).values():
                for record in found:
                    self._work(record.partition, record.offset, bytes(record.value), reader)
        consumer.close()
        reader.close()

    def _work(self, partition: int, offset: int, value: bytes, reader: object) -> None:
        state, registry = self._states[partition], self.registry
        frame = decode_messages(value)
        prepared = prepare(frame, registry, state, partition, PARTITIONS)
        stored = reader.identities(prepared.wanted)  # type: ignore[attr-defined]
        self._now += 1_000_000
        outcome = finish(frame, prepared, stored, registry, state, partition=partition, offset=offset, now=self._now)
        for record in rejected_records(outcome.rejections, offset, registry.version):
            self._producer.send(self._topics.rejected, record, partition=partition).get(10)
        for record in records(outcome.observations, offset, registry.version):
            self._producer.send(self._topics.observations, record, partition=partition).get(10)
        self.frames.append((partition, frame.messages))
        if self._next is not None and len(self.frames) == self._next[0]:
            self.registry = self._next[1]
