"""The Faust app: which events go to which partition's writer.

Faust assigns the partitions, reads them and commits what was acknowledged. Its commits are only a hint from where to
read; the published log itself says how far a partition is (`streams.takeover`).
"""

import asyncio
import os
from collections.abc import Callable
from typing import Any

import faust
from faust.types import TP

from stadspuls.clock import now_us
from stadspuls.heartbeat import beat
from stadspuls.log import Topics
from stadspuls.log.clients import STREAMS_GROUP, faust_options, group_name
from stadspuls.logs import get_logger
from stadspuls.registry import Registry
from stadspuls.registry.in_force import LOOK_SECONDS, InForce
from stadspuls.settings import Profile, Settings
from store import StoreReader
from streams.driver import make_impatient
from streams.writer import PartitionWriter

_log = get_logger()


class _Partitions:
    """The writers of the partitions this worker owns."""

    def __init__(self, settings: Settings, registry: Registry, store: StoreReader) -> None:
        self._settings = settings
        self._registry = registry
        self._store = store
        self._writers: dict[int, PartitionWriter] = {}
        self._generation = -1
        self.begun = False
        """Whether partitions have been assigned to this worker before."""

    async def own(self, partitions: set[int], generation: int) -> dict[int, int]:
        """Take over exactly these partitions, retained ones too, and say from which offset each goes on."""
        await self.leave()
        self._generation = generation
        writers = [
            PartitionWriter(self._settings, self._registry, self._store, partition) for partition in sorted(partitions)
        ]
        await asyncio.gather(*(writer.start() for writer in writers))
        self._writers = {writer.partition: writer for writer in writers}
        # Another may have been applied while they took over.
        self.take_up(self._registry)
        return {writer.partition: writer.next_offset for writer in writers}

    def take_up(self, registry: Registry) -> None:
        """Go on with another registry, each writer between two frames."""
        self._registry = registry
        for writer in self._writers.values():
            writer.take_up(registry)

    async def leave(self) -> None:
        """Give up every partition."""
        writers, self._writers = self._writers, {}
        await asyncio.gather(*(writer.stop() for writer in writers.values()))

    async def put(self, event: faust.EventT) -> None:
        """Hand an event to its writer; one of a partition or generation no longer owned is dropped."""
        writer = self._writers.get(event.message.partition)
        if writer is not None and event.message.generation_id == self._generation:
            await writer.put(event)


def create_app(
    settings: Settings, registry: Registry, store: StoreReader, ready: Callable[[], None] = lambda: None
) -> faust.App:
    """The Faust app of `streams`, to be run by a worker; `ready` is called once it has its first partitions."""
    app = faust.App(
        _group(settings),
        **faust_options(settings),
        store="memory://",
        datadir=str((settings.data_dir / "streams").resolve()),
        web_enabled=False,
        key_serializer="raw",
        value_serializer="raw",
        topic_allow_declare=False,
        topic_disable_leader=True,
        topic_partitions=settings.partitions,
        producer_acks=-1,
        stream_wait_empty=False,
        stream_buffer_maxsize=4096,
        broker_commit_interval=1.0,
        broker_session_timeout=6.0,
        broker_heartbeat_interval=2.0,
        broker_rebalance_timeout=6.0,
        broker_request_timeout=15.0,
        consumer_auto_offset_reset="earliest",
        # A worker that comes back within the session under its old name gets its partitions without a rebalance.
        consumer_group_instance_id=settings.worker or None,
    )
    if settings.profile is Profile.EMBEDDED:
        make_impatient(app)
    partitions = _Partitions(settings, registry, store)
    messages = Topics(settings.topic_prefix).messages
    topic = app.topic(messages, key_type=bytes, value_type=bytes)

    @app.agent(topic)
    async def work(stream: faust.StreamT[bytes]) -> None:
        async for event in stream.noack().events():
            await partitions.put(event)

    @app.task
    async def follow_registry(app: faust.App) -> None:
        in_force = InForce(settings, registry)
        while not app.should_stop:
            await app.sleep(LOOK_SECONDS)
            if partitions.begun:
                beat()
            if await asyncio.to_thread(in_force.look):
                partitions.take_up(in_force.current)

    @app.on_partitions_revoked.connect
    async def revoked(app: faust.App, _partitions: set[TP], **_: Any) -> None:
        # Before the next owner can begin: what is written from here on would be fenced, and end this worker.
        await partitions.leave()

    @app.on_rebalance_complete.connect
    async def assigned(app: faust.App, **_: Any) -> None:
        owned = {place.partition for place in app.consumer.assignment() if place.topic == messages}
        _log.info("partitions assigned", partitions=sorted(owned))
        for partition, offset in (await partitions.own(owned, app.consumer_generation_id)).items():
            await app.consumer.seek(TP(messages, partition), offset)
        if not partitions.begun:
            partitions.begun = True
            ready()

    @app.on_before_shutdown.connect
    async def shutdown(app: faust.App, **_: Any) -> None:
        await partitions.leave()

    return app


def _group(settings: Settings) -> str:
    """The consumer group. Embedded there is one worker: a fresh group never waits for a killed one's session."""
    name = group_name(settings, STREAMS_GROUP)
    return f"{name}-{os.getpid()}-{now_us()}" if settings.profile is Profile.EMBEDDED else name
