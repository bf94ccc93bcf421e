"""The owner of one partition: works its frames through and writes what they give, in order, once.

Errors of Kafka or the store make it take the partition over anew and work the same frames again; a fenced writer ends
the process, since another worker is the rightful owner.
"""

import asyncio
import os
from collections import deque
from collections.abc import Sequence
from typing import NamedTuple

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, ProducerFenced
from faust import EventT

from stadspuls.clock import MINUTE, SECOND, now_us
from stadspuls.errors import FrameError, FrameVersionError, StoreError
from stadspuls.log import MessageFrame, Topics, decode_messages, partition_of
from stadspuls.logs import get_logger
from stadspuls.metrics import (
    FRAMES_PUBLISHED,
    FRAMES_SKIPPED,
    LOOKUPS,
    PUBLISH_DELAY,
    READINGS,
    REJECTED,
    UNREADABLE,
)
from stadspuls.model import Identity, Value
from stadspuls.registry import Registry
from stadspuls.settings import Profile, Settings
from store import StoreReader
from streams.births import SOURCE
from streams.publish import records, rejected_records
from streams.state import PartitionState
from streams.takeover import fenced_producer, recover
from streams.work import Outcome, finish, prepare

TOGETHER = 8
"""Frames worked through before their delivery is awaited."""

WAITING = 64
"""Frames that wait for a writer at most; beyond that, reading waits."""

RETRY = 1.0
"""Seconds until a failed takeover is tried again."""

EXIT_FENCED = 75

_log = get_logger()


class _Record(NamedTuple):
    """One record of the output."""

    topic: str
    value: bytes | None
    received: int
    """When the frame that gives it came in."""
    key: bytes | None = None
    headers: Sequence[tuple[str, bytes]] = ()


class PartitionWriter:
    """Works one partition's frames through, from `start` until `stop`; one task owns it."""

    def __init__(self, settings: Settings, registry: Registry, store: StoreReader, partition: int) -> None:
        self.partition = partition
        self._settings = settings
        self._registry = registry
        self._applied = registry
        self._store = store
        self._topics = Topics(settings.topic_prefix)
        self._queue: asyncio.Queue[EventT] = asyncio.Queue(WAITING)
        self._producer: AIOKafkaProducer | None = None
        self._state = PartitionState()
        self._task: asyncio.Task[None] | None = None
        self._forgot = now_us()

    @property
    def next_offset(self) -> int:
        """The offset in `messages` of the next frame to work through."""
        return self._state.source_offset + 1

    async def start(self) -> None:
        """Take the partition over, then begin to work off the queue."""
        await self._take_over_until_done()
        self._task = asyncio.create_task(self._run(), name=f"partition-{self.partition}")

    async def stop(self) -> None:
        """Leave the partition: what is not acknowledged comes again, to whoever owns it then."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        while not self._queue.empty():
            # Whoever waits to put another event must not wait for a writer that is gone.
            self._queue.get_nowait()
        await self._close_producer()

    def take_up(self, registry: Registry) -> None:
        """Go on with another registry, from the next frame on."""
        self._applied = registry

    async def put(self, event: EventT) -> None:
        """Give the writer its next event; it acknowledges it once the output is in the log."""
        await self._queue.put(event)

    async def _run(self) -> None:
        try:
            while True:
                events = deque([await self._queue.get()])
                while len(events) < TOGETHER and not self._queue.empty():
                    events.append(self._queue.get_nowait())
                await self._take_up_applied()
                await self._work_until_done(list(events))
        except asyncio.CancelledError:
            raise
        except ProducerFenced:
            _log.error("another worker owns this partition now; leaving", partition=self.partition)
            os._exit(EXIT_FENCED)
        except Exception:
            # Going on could lose or double frames; the supervisor starts a fresh worker, which reads the tail.
            _log.exception("the worker cannot go on", partition=self.partition, source_offset=self.next_offset)
            os._exit(1)

    async def _take_up_applied(self) -> None:
        before, self._registry = self._registry, self._applied
        if self._registry is before:
            return
        partitions = self._settings.partitions
        added = self._registry.datasets.keys() - before.datasets.keys()
        if any(partition_of(name, partitions) == self.partition for name in added):
            # It may have a history, of which the state knows nothing yet.
            await self._take_over_until_done()

    async def _work_until_done(self, events: Sequence[EventT]) -> None:
        while True:
            try:
                await self._work(events)
                return
            except (KafkaError, StoreError) as error:
                if isinstance(error, ProducerFenced):
                    raise
                _log.warn(
                    "output failed; reading the tail anew",
                    partition=self.partition,
                    source_offset=self.next_offset,
                    why=repr(error),
                )
                await self._take_over_until_done()

    async def _work(self, events: Sequence[EventT]) -> None:
        output: list[_Record] = []
        outcomes: list[Outcome] = []
        for event in events:
            if event.message.offset <= self._state.source_offset:
                FRAMES_SKIPPED.inc()
                continue
            frame = self._read(event)
            outcome = await self._outcome(frame, event.message.offset)
            outcomes.append(outcome)
            output += self._records(frame, outcome, event.message.offset)
        await self._send(output)
        for outcome in outcomes:
            self._count(outcome)
        for event in events:
            event.ack()
        await self._forget()

    def _read(self, event: EventT) -> MessageFrame:
        try:
            return decode_messages(event.message.value)
        except FrameVersionError:
            raise
        except FrameError as error:
            # Only the bridge writes here, so this is damage; an empty frame keeps one output for each input.
            UNREADABLE.labels("messages").inc()
            _log.error(
                "unreadable record",
                topic=self._topics.messages,
                partition=self.partition,
                offset=event.message.offset,
                why=str(error),
            )
            return MessageFrame(1, -1, 0, 1, self._registry.version, [])

    async def _outcome(self, frame: MessageFrame, offset: int) -> Outcome:
        registry, partitions = self._registry, self._settings.partitions
        prepared = prepare(frame, registry, self._state, self.partition, partitions)
        stored: dict[Identity, Value] = {}
        if prepared.wanted:
            LOOKUPS.inc(len(prepared.wanted))
            stored = await asyncio.to_thread(self._store.identities, prepared.wanted)
        return finish(
            frame, prepared, stored, registry, self._state, partition=self.partition, offset=offset, now=now_us()
        )

    def _records(self, frame: MessageFrame, outcome: Outcome, offset: int) -> list[_Record]:
        received = frame.messages[0].received_at if frame.messages else now_us()
        version = self._registry.version
        # Rejections and births go first: the observations' record says that the input frame is done with.
        rejected = rejected_records(outcome.rejections, offset, version)
        published = records(outcome.observations, offset, version)
        source = [(SOURCE, b"%d" % offset)]
        return [
            *(_Record(self._topics.rejected, record, received) for record in rejected),
            *(_Record(self._topics.births, value, received, key, source) for key, value in outcome.births),
            *(_Record(self._topics.observations, record, received) for record in published),
        ]

    async def _send(self, output: Sequence[_Record]) -> None:
        if not output:
            return
        producer = self._producer
        assert producer is not None  # noqa: S101 - `start` made it
        if self._settings.profile is Profile.EMBEDDED:
            # No transaction: all else must be there before the record that says its frame is done with.
            for topic in (self._topics.rejected, self._topics.births, self._topics.observations):
                await self._deliver(producer, [record for record in output if record.topic == topic])
        else:
            async with producer.transaction():
                await self._deliver(producer, output)

    async def _deliver(self, producer: AIOKafkaProducer, output: Sequence[_Record]) -> None:
        pending = [
            await producer.send(
                record.topic,
                record.value,
                key=record.key,
                headers=record.headers,
                partition=self.partition,
                timestamp_ms=record.received // 1000,
            )
            for record in output
        ]
        for delivery in pending:
            await delivery

    def _count(self, outcome: Outcome) -> None:
        FRAMES_PUBLISHED.inc()
        published: dict[str, int] = {}
        for observation in outcome.observations:
            name = observation.datastream.dataset
            published[name] = published.get(name, 0) + 1
        for name, count in published.items():
            READINGS.labels(name, "published").inc(count)
        for name, count in outcome.repeated.items():
            READINGS.labels(name, "repeated").inc(count)
        for rejection in outcome.rejections:
            known = rejection.city if rejection.city in self._registry.cities else ""
            REJECTED.labels(known, rejection.reason).inc()
            if rejection.dataset in self._registry.datasets:
                READINGS.labels(rejection.dataset, "rejected").inc()
        if outcome.observations:
            last = outcome.observations[-1]
            PUBLISH_DELAY.observe((last.published_at - last.received_at) / SECOND)

    async def _forget(self) -> None:
        now = now_us()
        if now - self._forgot > MINUTE:
            self._forgot = now
            self._state.forget(now, await asyncio.to_thread(self._store.stored_through))

    async def _take_over(self) -> None:
        await self._close_producer()
        self._producer = await fenced_producer(self._settings, self.partition)
        self._state = await recover(self._settings, self._registry, self._store, self.partition)

    async def _take_over_until_done(self) -> None:
        while True:
            try:
                await self._take_over()
                return
            except (KafkaError, StoreError) as error:
                if isinstance(error, ProducerFenced):
                    raise
                _log.warn("takeover failed; trying again", partition=self.partition, why=repr(error))
                await asyncio.sleep(RETRY)

    async def _close_producer(self) -> None:
        if self._producer is not None:
            producer, self._producer = self._producer, None
            try:
                async with asyncio.timeout(5):
                    await producer.stop()
            except (KafkaError, TimeoutError) as error:
                _log.warn("the producer did not stop cleanly", partition=self.partition, why=repr(error))
