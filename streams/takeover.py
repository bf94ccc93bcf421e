"""Taking over a partition: fence the former owner, read the tail of the own output, go on behind it.

In this order, before any event is worked on: (1) start the producer, which in the real profile shuts out a stalled
former owner; (2) ask how far the sink has stored; (3) load the newest observations from the store; (4) read the log
from where the sink stands to its end. What (3) misses, (4) has; what both have is taken in once. (5) Read what senders
have announced.
"""

import asyncio
from collections.abc import Sequence

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition

from stadspuls.errors import FrameError
from stadspuls.log import ObservationFrame, Topics, decode_observations, partition_of
from stadspuls.log.clients import SINK_GROUP, aiokafka_options, group_name
from stadspuls.logs import get_logger
from stadspuls.metrics import STREAMS_RESTARTS, UNREADABLE
from stadspuls.model import Observation
from stadspuls.registry import Registry
from stadspuls.settings import Profile, Settings
from store import StoreReader
from streams.births import SOURCE
from streams.state import PartitionState

FIRST_LOOK = 16
"""Offsets read back at first in search of the last frame; transaction markers take offsets too."""

_ANSWER_MS = 10_000

_log = get_logger()


async def fenced_producer(settings: Settings, partition: int) -> AIOKafkaProducer:
    """A started producer for one partition: transactional where several workers can be, else idempotent.

    When it has started, a former owner of the same transactional id can write no more, and what it left open is
    aborted.
    """
    if settings.profile is Profile.EMBEDDED:
        # One worker only, and the in-memory broker keeps no transactions.
        producer = AIOKafkaProducer(
            **aiokafka_options(settings), acks="all", enable_idempotence=True, request_timeout_ms=_ANSWER_MS
        )
    else:
        producer = AIOKafkaProducer(
            **aiokafka_options(settings),
            acks="all",
            transactional_id=f"{group_name(settings, 'streams')}-{partition}",
            transaction_timeout_ms=15_000,
            request_timeout_ms=_ANSWER_MS,
        )
    try:
        await producer.start()
    except BaseException:
        await producer.stop()
        raise
    return producer


async def recover(settings: Settings, registry: Registry, store: StoreReader, partition: int) -> PartitionState:
    """The state of a partition as its published log and the store tell it."""
    consumer = AIOKafkaConsumer(
        **aiokafka_options(settings),
        group_id=group_name(settings, SINK_GROUP),
        enable_auto_commit=False,
        isolation_level="read_committed",
        auto_offset_reset="earliest",
    )
    place = TopicPartition(Topics(settings.topic_prefix).observations, partition)
    try:
        await consumer.start()
        consumer.assign([place])
        stored = await consumer.committed(place) or 0
        state = PartitionState()
        state.apply(await asyncio.to_thread(_stored_newest, store, registry, settings.partitions, partition))
        through = await asyncio.to_thread(store.stored_through)
        for name, published in through.items():
            if partition_of(name, settings.partitions) == partition:
                state.dataset(name).last_published = max(state.dataset(name).last_published, published)
        frames = await _tail(consumer, place, stored)
        for frame in frames:
            state.apply(frame.observations)
            # A frame whose parts are not all there is worked through again; what it has published is then repeated.
            state.source_offset = frame.source_offset if frame.last_part else frame.source_offset - 1
        await _read_births(consumer, TopicPartition(Topics(settings.topic_prefix).births, partition), state)
    finally:
        await consumer.stop()
    STREAMS_RESTARTS.inc()
    _log.info("partition taken over", partition=partition, source_offset=state.source_offset, frames=len(frames))
    return state


def _stored_newest(store: StoreReader, registry: Registry, partitions: int, partition: int) -> list[Observation]:
    return [
        observation
        for name in registry.datasets
        if partition_of(name, partitions) == partition
        for observation in store.latest(name)
    ]


async def _tail(consumer: AIOKafkaConsumer, place: TopicPartition, stored: int) -> list[ObservationFrame]:
    """Frames from where the sink stands to the end, at least the last one there is."""
    first = (await consumer.beginning_offsets([place]))[place]
    end = (await consumer.end_offsets([place]))[place]
    look = FIRST_LOOK
    start = max(first, min(stored, end - look))
    while True:
        frames = _frames(place, await _read(consumer, place, start, end))
        if frames or start <= first:
            return frames
        look *= 2
        start = max(first, end - look)


async def _read_births(consumer: AIOKafkaConsumer, place: TopicPartition, state: PartitionState) -> None:
    """Without transactions there may be some of frames that are yet to be worked through again."""
    consumer.assign([place])
    first = (await consumer.beginning_offsets([place]))[place]
    end = (await consumer.end_offsets([place]))[place]
    for record in await _read(consumer, place, first, end):
        if int(dict(record.headers).get(SOURCE, b"-1")) <= state.source_offset:
            state.births.apply(record.key, record.value)


async def _read(
    consumer: AIOKafkaConsumer, place: TopicPartition, start: int, end: int
) -> list[ConsumerRecord[bytes, bytes]]:
    found: list[ConsumerRecord[bytes, bytes]] = []
    consumer.seek(place, start)
    while await consumer.position(place) < end:
        records = (await consumer.getmany(place, timeout_ms=500)).get(place, [])
        found += [record for record in records if record.offset < end]
    return found


def _frames(place: TopicPartition, records: Sequence[ConsumerRecord[bytes, bytes]]) -> list[ObservationFrame]:
    frames: list[ObservationFrame] = []
    for record in records:
        try:
            frames.append(decode_observations(record.value))
        except FrameError as error:
            UNREADABLE.labels("observations").inc()
            _log.error(
                "unreadable record", topic=place.topic, partition=place.partition, offset=record.offset, why=str(error)
            )
    return frames
