"""The sink: Kafka's published log into the store, the only writer there is.

Offsets are committed after the store's answer, so a batch may come again after a crash; the store takes it once.
While the store works on a batch, the next one is read and encoded, and no more than that one.
"""

import time
from functools import partial
from threading import Event

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError
from kafka.structs import OffsetAndMetadata

from stadspuls.clock import HOUR, SECOND, now_us
from stadspuls.errors import LogError, StoreError
from stadspuls.heartbeat import beat
from stadspuls.log import Topics
from stadspuls.log.clients import SINK_GROUP, group_name, kafka_python_options, stored_source
from stadspuls.logs import get_logger
from stadspuls.metrics import LAG, STORE_FAILURES
from stadspuls.registry import Registry
from stadspuls.registry.in_force import taking_up
from stadspuls.settings import Profile, Settings
from store.backends import open_writer
from store.filling import refuse_half_filled
from store.log_positions import log_places
from store.protocol import StoreWriter
from store.retention import retain_declared
from store.sink_batch import Batch
from store.sink_gaps import GapCheck
from store.sink_storing import Storing
from store.sole import sole_writer

IDLE_MS = 200
"""How long one question to Kafka may take while nothing comes; also how late a stop may be noticed."""

BUSY_MS = 10
"""The same while a batch is being stored: its commit is not to wait for the next records."""

LONGEST_BATCH = 0.25
"""Seconds after which a batch is stored, full or not, when there is always more to read."""

EMBEDDED_WAIT_MS = 20
"""librdkafka's in-memory broker answers a fetch only when its wait is over, data or not."""

POLL_RECORDS = 10
"""A frame holds up to some hundreds of observations: one poll must not outgrow a batch by much."""

COMMIT_MS = 5_000
RETAIN_EVERY = HOUR // SECOND


def run_sink(settings: Settings, stop: Event, registry: Registry) -> None:
    """Store the published log until told to stop; what was read by then is stored and committed first.

    Raises:
        StoreError: when the store cannot be opened, is half filled, or another process writes to it.
        LogError: when Kafka does not say how far the log was stored.
        FrameVersionError: at a record that a newer Stadspuls wrote; everything before it is stored and committed.
    """
    with sole_writer(settings):
        refuse_half_filled(settings)
        writer = open_writer(settings)
        try:
            consumer = log_consumer(settings, POLL_RECORDS)
            try:
                sink = Sink(settings, consumer, writer, registry)
                with taking_up(settings, registry, partial(setattr, sink, "registry")):
                    sink.run(stop)
            finally:
                consumer.close(autocommit=False)
        finally:
            writer.close()


def log_consumer(settings: Settings, poll_records: int) -> KafkaConsumer:
    """A consumer of the published log in the sink's group, which gives `poll_records` at most at a time.

    Raises:
        LogError: when Kafka does not answer.
    """
    more = {"fetch_max_wait_ms": EMBEDDED_WAIT_MS} if settings.profile is Profile.EMBEDDED else {}
    try:
        return KafkaConsumer(
            **kafka_python_options(settings),
            **more,
            group_id=group_name(settings, SINK_GROUP),
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            isolation_level="read_committed",
            max_poll_records=poll_records,
        )
    except KafkaError as error:
        raise LogError(f"Kafka at {settings.kafka_bootstrap} cannot be read: {error}") from error


class Sink:
    """Reads, stores, commits; in this order, for ever.

    Attributes:
        registry: says how long each dataset is kept.
    """

    def __init__(self, settings: Settings, consumer: KafkaConsumer, writer: StoreWriter, registry: Registry) -> None:
        self._settings = settings
        self._consumer = consumer
        self._writer = writer
        self.registry = registry
        self._topics = Topics(settings.topic_prefix)
        self._gaps = GapCheck()
        self._uncommitted: dict[TopicPartition, OffsetAndMetadata] = {}
        self._retain_next = 0.0

    def run(self, stop: Event) -> None:
        """Go on until told to stop, or until a record is newer than this Stadspuls."""
        self._start()
        self._storing = Storing(self._writer, stop)
        try:
            while not stop.is_set():
                batch = Batch(self._topics, self._gaps)
                try:
                    self._collect(batch, stop)
                finally:
                    # Also when the next record is of a newer version: what came before it is in the batch.
                    self._store(batch)
                # Not while the store does not take a batch: reading or storing then waits for it.
                beat()
                self._measure_lag()
                self._retain()
        finally:
            self._finish()
            self._storing.close()

    def _start(self) -> None:
        places = log_places(self._settings)
        self._consumer.assign(places)
        for place in places[: self._settings.partitions]:
            try:
                committed = self._consumer.committed(place, metadata=True)
            except KafkaError as error:
                raise LogError(f"Kafka does not say how far {place.topic} is stored: {error}") from error
            source = stored_source(committed.metadata if committed else None)
            # The in-memory Kafka begins at 0 and so does its log; a real one may have forgotten its beginning.
            if source >= 0 or self._settings.profile is Profile.EMBEDDED:
                self._gaps.stored(place.partition, source)

    def _collect(self, batch: Batch, stop: Event) -> None:
        """Read until the batch is full or old, or, when the store has nothing to do, until nothing more waits."""
        wait, deadline = IDLE_MS, None
        while not stop.is_set():
            records = self._consumer.poll(timeout_ms=BUSY_MS if self._storing.under_way else wait)
            for record in (record for some in records.values() for record in some):
                batch.add(record)
            self._finish(timeout=0)
            if deadline is None and records:
                wait, deadline = 0, time.monotonic() + LONGEST_BATCH
            if batch.full or (deadline is not None and time.monotonic() > deadline):
                return
            if not records and not self._storing.under_way:
                return

    def _store(self, batch: Batch) -> None:
        """Begin to store a batch, once the one before it is stored."""
        self._finish()
        if self._storing.halted:
            return
        if batch.frames or batch.rejections:
            self._storing.begin(batch)
        else:
            self._commit(batch)

    def _finish(self, timeout: float | None = None) -> None:
        """Commit the batch under way, once it is stored."""
        batch = self._storing.finished(timeout)
        if batch is not None:
            self._commit(batch)

    def _commit(self, batch: Batch) -> None:
        self._uncommitted |= batch.offsets
        if not self._uncommitted:
            return
        try:
            self._consumer.commit(self._uncommitted, timeout_ms=COMMIT_MS)
        except KafkaError as error:
            # Stored it is: the next commit says so too.
            get_logger().warning("Kafka did not take a commit; it is tried again", why=str(error))
        else:
            self._uncommitted = {}

    def _measure_lag(self) -> None:
        lag = 0
        for partition in range(self._settings.partitions):
            place = TopicPartition(self._topics.observations, partition)
            end = self._consumer.highwater(place)
            if end is not None:
                lag += max(0, end - self._consumer.position(place))
        LAG.labels("sink").set(lag)

    def _retain(self) -> None:
        if time.monotonic() < self._retain_next:
            return
        # One call at a time: the store's answer first.
        self._finish()
        self._retain_next = time.monotonic() + RETAIN_EVERY
        try:
            gone = retain_declared(self._writer, self.registry, now_us())
        except StoreError as error:
            STORE_FAILURES.inc()
            get_logger().error("the store did not delete what is past its retention", why=str(error))
        else:
            get_logger().info("retention", deleted=gone)
