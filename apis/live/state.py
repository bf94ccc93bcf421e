"""Reads all partitions of the published log into memory, from where the store ends, for as long as the API runs."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import NamedTuple

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError, OffsetOutOfRangeError

from apis.live.lag import Backlog, Lags
from apis.live.latest import Latest
from apis.live.memory import Memory
from apis.live.offsets import (
    ASK_SECONDS,
    Committed,
    committed_offsets,
    log_reader,
    offset_reader,
    own_cancellation_only,
)
from apis.readers import Readers
from stadspuls.errors import FrameError, LogError, Unavailable
from stadspuls.log import Topics, decode_observations
from stadspuls.log.clients import SINK_GROUP, group_name
from stadspuls.logs import get_logger
from stadspuls.metrics import UNREADABLE
from stadspuls.model import Observation
from stadspuls.registry import Registry
from stadspuls.settings import Settings
from store import StoreReader

LOOK_SECONDS = 1.0
"""Between two looks at the offsets of all stages."""
RETRY_SECONDS = 1.0
LONGEST_RETRY_SECONDS = 10.0


class _Seen(NamedTuple):
    """How far the store had each dataset's log, and when (monotonic seconds)."""

    stored: Mapping[str, int]
    at: float


class LiveState:
    """The latest values of every dataset, and the state of the platform as the API sees it."""

    def __init__(self, settings: Settings, registry: Registry, readers: Readers, memory: Memory | None = None) -> None:
        self.latest = Latest()
        self.memory = Memory(registry.datasets.values()) if memory is None else memory
        self.loaded = False
        """Whether the store's latest values were read; before that no answer would be complete."""
        self.trouble: str | None = "not connected yet"
        """Why the published log cannot be followed now; None while it is."""
        self._settings = settings
        self._registry = registry
        self._readers = readers
        self._topics = Topics(settings.topic_prefix)
        self._sources: dict[int, int] = {}
        self._followed = False
        self._seen: _Seen | None = None
        self._streams_lag = Lags(time.monotonic)
        self._sink_lag = Lags(time.monotonic)
        self._attempt: asyncio.Task[None] | None = None
        self._begins_anew = False
        self.latest.show(self._is_declared)

    @property
    def last_sources(self) -> dict[int, int]:
        """By partition: the offset in `messages` of the newest frame seen on `observations`."""
        return dict(self._sources)

    @property
    def streams_backlog(self) -> Backlog:
        """Frames of `messages` that are not published yet."""
        return self._streams_lag.backlog()

    @property
    def sink_backlog(self) -> Backlog:
        """Frames of `messages` that are published and not stored yet."""
        return self._sink_lag.backlog()

    def of(self, dataset: str) -> tuple[Observation, ...]:
        """The dataset's newest observations, ordered by (site, sensor, property).

        Raises:
            Unavailable: when the store was not read yet, so that values would be missing.
        """
        if not self.loaded:
            raise Unavailable("the latest values are still being read from the store")
        return self.latest.of(dataset)

    def former(self, dataset: str) -> list[Observation]:
        """The newest observations of datastreams that the registry no longer has, as far as they are known yet."""
        return self.latest.hidden(dataset)

    def take(self, partition: int, offset: int, record: bytes) -> None:
        """Take one record of `observations`; one that is no frame is counted and passed over."""
        try:
            frame = decode_observations(record)
        except FrameError as error:
            UNREADABLE.labels(self._topics.observations).inc()
            get_logger().error(
                "unreadable record",
                topic=self._topics.observations,
                partition=partition,
                offset=offset,
                why=str(error),
            )
            return
        self.latest.take(frame)
        self.memory.take(frame)
        self._sources[partition] = max(frame.source_offset, self._sources.get(partition, -1))

    def take_up(self, registry: Registry) -> None:
        """Go on with another registry; call it on the event loop."""
        self._registry = registry
        self.latest.show(self._is_declared)
        added = self.memory.take_up(registry.datasets.values())
        if added and self._attempt is not None and not self._attempt.done():
            # What was published of a new dataset meanwhile lies behind what is read now.
            self._begins_anew = True
            self._attempt.cancel()

    def _is_declared(self, observation: Observation) -> bool:
        stream = observation.datastream
        dataset = self._registry.datasets.get(stream.dataset)
        return dataset is not None and dataset.declares(stream.sensor, stream.observed_property)

    async def stored_through(self, seconds: float) -> Mapping[str, int]:
        """How far the store has each dataset's log: as seen within `seconds`, else it is asked for as long.

        Raises:
            Unavailable: when the store does not answer.
        """
        if self._seen is not None and time.monotonic() - self._seen.at < seconds:
            return self._seen.stored
        return await self._readers.ask(_stored_through, seconds)

    async def load(self) -> None:
        """Merge what the store has as the latest of every dataset.

        Raises:
            Unavailable: when the store does not answer.
        """
        names = list(self._registry.datasets)

        def latest_of_all(reader: StoreReader) -> list[Observation]:
            return [observation for name in names for observation in reader.latest(name)]

        self.latest.merge(await self._readers.ask(latest_of_all, seconds=None))
        self.loaded = True

    @asynccontextmanager
    async def following(self) -> AsyncIterator[None]:
        """Follow the log in the background for as long as the block runs."""
        tasks = [
            asyncio.create_task(self.follow(), name="live state"),
            asyncio.create_task(self._watch_store(), name="store's reach"),
        ]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def follow(self) -> None:
        """Follow the log for ever; whatever goes wrong is told by `trouble` and tried again."""
        pause = RETRY_SECONDS
        while True:
            self._followed = False
            # A task of its own: aiokafka's clients may end theirs with a cancellation that nobody asked for.
            attempt = self._attempt = asyncio.create_task(self._follow_once())
            try:
                await asyncio.wait({attempt})
            finally:
                attempt.cancel()
                await asyncio.wait({attempt})
            if self._begins_anew:
                self._begins_anew = False
                continue
            self._fail(_explain(attempt))
            await self._load_if_empty()
            if self._followed:
                pause = RETRY_SECONDS
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_RETRY_SECONDS)

    async def _follow_once(self) -> None:
        """Read offsets, then the store, then the log from these offsets: in this order nothing falls between."""
        async with offset_reader(self._settings) as admin, log_reader(self._settings) as consumer:
            committed = await self._committed(admin)
            await self.load()
            # Behind what the sink had committed, before the first record is read: memory goes on where the store ends.
            self.memory.rejoin(await self._readers.ask(_stored_through, seconds=None))
            self._sources = dict(committed.sources)
            await self._start(consumer, committed)
            self.trouble = None
            self._followed = True
            get_logger().info("following the published log", offsets=committed.offsets)
            async with asyncio.TaskGroup() as group:
                group.create_task(self._consume(consumer))
                group.create_task(self._look(admin, consumer))

    async def _committed(self, admin: AIOKafkaAdminClient) -> Committed:
        group = group_name(self._settings, SINK_GROUP)
        async with asyncio.timeout(ASK_SECONDS):
            return await committed_offsets(admin, group, self._partitions(self._topics.observations))

    async def _start(self, consumer: AIOKafkaConsumer, committed: Committed) -> None:
        """Go to what the sink has not stored yet, or to the start where the log does not hold that offset."""
        partitions = self._partitions(self._topics.observations)
        consumer.assign(partitions)
        async with asyncio.timeout(ASK_SECONDS):
            starts = await consumer.beginning_offsets(partitions)
            ends = await consumer.end_offsets(partitions)
        for place in partitions:
            offset = committed.offsets.get(place.partition, starts[place])
            consumer.seek(place, offset if starts[place] <= offset <= ends[place] else starts[place])

    async def _consume(self, consumer: AIOKafkaConsumer) -> None:
        while True:
            with own_cancellation_only():
                batches = await consumer.getmany(timeout_ms=1000)
            for place, records in batches.items():
                for record in records:
                    self.take(place.partition, record.offset, record.value)
            # Under a steady stream `getmany` may never wait by itself; requests must get their turn.
            await asyncio.sleep(0)

    async def _look(self, admin: AIOKafkaAdminClient, consumer: AIOKafkaConsumer) -> None:
        """Measure the stages' backlogs; ends with an error as soon as Kafka does not answer."""
        messages = self._partitions(self._topics.messages)
        while True:
            with own_cancellation_only():
                async with asyncio.timeout(ASK_SECONDS):
                    ends = await consumer.end_offsets(messages)
                committed = await self._committed(admin)
            # Both in frames of `messages`: in `observations` the end of a transaction takes an offset too.
            published = {partition: source + 1 for partition, source in self._sources.items()}
            stored = {partition: source + 1 for partition, source in committed.sources.items()}
            self._streams_lag.look(published, {place.partition: ends[place] for place in messages})
            self._sink_lag.look(stored, published)
            await asyncio.sleep(LOOK_SECONDS)

    async def _watch_store(self) -> None:
        """Tell memory what it may let go of, and what it must give up while the log cannot be followed."""
        while True:
            try:
                stored = await self._readers.ask(_stored_through)
            except Unavailable:
                self._seen = None
            else:
                self._seen = _Seen(stored, time.monotonic())
                self.memory.advance(stored, followed=self.trouble is None)
            await asyncio.sleep(LOOK_SECONDS)

    async def _load_if_empty(self) -> None:
        """Kafka may be away: the store alone is worth serving."""
        if not self.loaded:
            with suppress(Unavailable):
                await self.load()

    def _fail(self, trouble: str) -> None:
        if self.trouble != trouble:
            get_logger().warning("not following the published log", why=trouble)
        self.trouble = trouble

    def _partitions(self, topic: str) -> list[TopicPartition]:
        return [TopicPartition(topic, number) for number in range(self._settings.partitions)]


def _stored_through(reader: StoreReader) -> dict[str, int]:
    return reader.stored_through()


def _explain(attempt: "asyncio.Task[None]") -> str:
    """Why an attempt to follow the log ended."""
    if attempt.cancelled():
        return "Kafka closed the connection"
    error = attempt.exception()
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    match error:
        case OffsetOutOfRangeError():
            return "the log no longer reaches back to where it was read; reading the store again"
        case KafkaError() | OSError():
            return f"Kafka does not answer: {error!r}"
        case Unavailable() | LogError():
            return str(error)
    get_logger().error("live state failed", exc_info=error)
    return "an unexpected error; see the log of the API"
