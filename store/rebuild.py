"""Filling an empty store from Kafka's published log: the same answers, row for row, with the same `published_at`.

What the sink does, from the log's beginning to its present end: the same batches in the same order. After each batch
the note in the data folder says where to go on; at the end the sink's commits do.
"""

import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from threading import Event
from typing import NamedTuple, TypeVar

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError
from kafka.structs import OffsetAndMetadata

from stadspuls.clock import now_us
from stadspuls.errors import LogError, StoreError
from stadspuls.log import Topics
from stadspuls.log.admin import kafka_errors, log_name
from stadspuls.log.clients import stored_source
from stadspuls.logs import get_logger
from stadspuls.registry import Registry
from stadspuls.settings import Settings
from store.backends import open_reader, open_writer
from store.filling import Filling, FillingNote, continued, store_name
from store.log_positions import ANSWER_MS, as_positions, commit_positions, committed_positions, log_places
from store.protocol import StoreWriter
from store.retention import retain_declared
from store.sink import log_consumer
from store.sink_batch import Batch
from store.sink_gaps import GapCheck
from store.sole import sole_writer

COMMAND = "rebuild"

POLL_RECORDS = 100
POLL_MS = 1_000
PATIENCE = 60.0
"""Seconds in which neither Kafka gives a record nor the store takes a batch, after which it is given up."""
RETRY = 1.0

_Answer = TypeVar("_Answer")


class RebuildProgress(NamedTuple):
    """How far a rebuild is; `done` and `all` count offsets of the log, those of an earlier try among them."""

    done: int
    all: int
    observations: int
    rejections: int
    """These two since this try began."""


def rebuild(settings: Settings, registry: Registry, stop: Event, report: Callable[[RebuildProgress], None]) -> bool:
    """Fill the store of the settings from the log; False when told to stop before its end.

    It begins on an empty store, or goes on where an earlier try was stopped or killed.

    Raises:
        StoreError: when the store holds anything else, is being written to, or does not take a batch.
        LogError: when Kafka does not answer, holds no published log, or a sink is at work elsewhere.
        FrameVersionError: at a record that a newer Stadspuls wrote; everything before it is stored.
    """
    if not settings.kafka_bootstrap:
        raise LogError(
            "The embedded Kafka lives in memory and holds nothing to rebuild a store from: "
            "use `stadspuls restore` with a backup"
        )
    with ExitStack() as stack:
        stack.enter_context(sole_writer(settings))
        # Asked first: it finds out sooner than a consumer that Kafka is not there.
        source = log_name(settings)
        stack.enter_context(kafka_errors(settings))
        consumer = log_consumer(settings, POLL_RECORDS)
        stack.callback(consumer.close, autocommit=False)
        writer = stack.enter_context(closing(open_writer(settings)))
        one = _Rebuild(settings, consumer, writer, source)
        one.begin()
        if not one.fill(stop, report):
            return False
        retain_declared(writer, registry, now_us())
        one.end()
        return True


class _Rebuild:
    """One try."""

    def __init__(self, settings: Settings, consumer: KafkaConsumer, writer: StoreWriter, source: str) -> None:
        self._settings = settings
        self._consumer = consumer
        self._writer = writer
        self._topics = Topics(settings.topic_prefix)
        self._gaps = GapCheck()
        self._places = log_places(settings)
        self._begins: dict[TopicPartition, int] = {}
        self._ends: dict[TopicPartition, int] = {}
        self._through: dict[TopicPartition, OffsetAndMetadata] = {}
        self._note = FillingNote(settings)
        self._source = source
        self._sink_was = committed_positions(consumer, self._places)
        self._observations = self._rejections = 0

    def begin(self) -> None:
        """Find out where to go on, and to where."""
        self._check_topics()
        self._begins = self._consumer.beginning_offsets(self._places, timeout_ms=ANSWER_MS)
        self._ends = self._consumer.end_offsets(self._places, timeout_ms=ANSWER_MS)
        with closing(open_reader(self._settings)) as reader:
            earlier = continued(self._settings, reader, COMMAND, self._source)
        if earlier is not None:
            self._through = {p.place: OffsetAndMetadata(p.offset, p.metadata, -1) for p in earlier.positions}
        self._say_what_is_gone()
        self._write_note()
        self._consumer.assign(self._places)
        for place in self._places:
            known = self._through.get(place)
            self._consumer.seek(place, known.offset if known else self._begins[place])
            if known and place.topic == self._topics.observations:
                self._gaps.stored(place.partition, stored_source(known.metadata))

    def fill(self, stop: Event, report: Callable[[RebuildProgress], None]) -> bool:
        """Store batch after batch up to the ends; False when told to stop before."""
        last = time.monotonic()
        while behind := self._behind():
            if stop.is_set():
                return False
            batch = Batch(self._topics, self._gaps)
            try:
                self._collect(batch)
            finally:
                self._store(batch)
            if batch.offsets or self._behind() < behind:
                last = time.monotonic()
            elif time.monotonic() - last > PATIENCE:
                raise LogError(f"Kafka has given no record for {PATIENCE:.0f} s; start the rebuild again to go on")
            report(self._progress())
        return True

    def end(self) -> None:
        """The store is whole: the sink goes on behind it."""
        if _patiently(lambda: committed_positions(self._consumer, self._places)) != self._sink_was:
            raise LogError("A sink is at work elsewhere, its commits have moved: stop it, then start the rebuild again")
        _patiently(lambda: commit_positions(self._consumer, as_positions(self._through)))
        self._note.remove()

    def _check_topics(self) -> None:
        for topic in (self._topics.observations, self._topics.rejected):
            found = len(self._consumer.partitions_for_topic(topic) or ())
            if found != self._settings.partitions:
                raise LogError(f"Topic {topic} has {found} partitions, the settings say {self._settings.partitions}")

    def _say_what_is_gone(self) -> None:
        # Rejections are not kept for ever, the published log is.
        for place in self._places[: self._settings.partitions]:
            if self._begins[place] > 0 and place not in self._through:
                get_logger().warning(
                    "Kafka has forgotten the beginning of the published log; the store will lack it",
                    topic=place.topic,
                    partition=place.partition,
                    offset=self._begins[place],
                )

    def _behind(self) -> int:
        return sum(max(0, self._ends[place] - self._consumer.position(place)) for place in self._places)

    def _collect(self, batch: Batch) -> None:
        for records in self._consumer.poll(timeout_ms=POLL_MS).values():
            for record in records:
                batch.add(record)

    def _store(self, batch: Batch) -> None:
        if not (batch.frames or batch.rejections or batch.offsets):
            return
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                self._writer.write(batch.frames)
                self._writer.write_rejected(batch.rejections)
                break
            except StoreError as error:
                if time.monotonic() > deadline:
                    raise
                get_logger().warning("the store did not take a batch; it is tried again", why=str(error))
                time.sleep(RETRY)
        self._through |= batch.offsets
        self._write_note()
        self._observations += batch.observations
        self._rejections += len(batch.rejections)

    def _write_note(self) -> None:
        self._note.write(Filling(COMMAND, self._source, store_name(self._settings), as_positions(self._through)))

    def _progress(self) -> RebuildProgress:
        whole = sum(self._ends[place] - self._begins[place] for place in self._places)
        return RebuildProgress(whole - self._behind(), whole, self._observations, self._rejections)


def _patiently(ask: Callable[[], _Answer]) -> _Answer:
    """Ask Kafka again while it is away for a moment."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return ask()
        except KafkaError as error:
            if not error.retriable or time.monotonic() > deadline:
                raise
            time.sleep(RETRY)
