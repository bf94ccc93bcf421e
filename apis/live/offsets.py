"""The Kafka clients of the live state: one that reads the log, one that asks where the sink is."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaConnectionError

from stadspuls.errors import LogError
from stadspuls.log.clients import aiokafka_options, stored_source
from stadspuls.settings import Profile, Settings

ASK_SECONDS = 10.0
"""A Kafka that takes longer to tell an offset counts as gone."""

EMBEDDED_WAIT_MS = 20
"""librdkafka's in-memory broker answers a fetch only when its wait is over, data or not."""


@dataclass(frozen=True)
class Committed:
    """By partition of `observations`: the next offset the sink will read, and the offset in `messages` behind it."""

    offsets: dict[int, int]
    sources: dict[int, int]


async def committed_offsets(admin: AIOKafkaAdminClient, group: str, partitions: Sequence[TopicPartition]) -> Committed:
    """What a group has committed; partitions without a commit are absent."""
    answer = await admin.list_consumer_group_offsets(group, partitions=list(partitions))
    found = {place.partition: commit for place, commit in answer.items() if commit.offset >= 0}
    return Committed(
        {partition: commit.offset for partition, commit in found.items()},
        {partition: stored_source(commit.metadata) for partition, commit in found.items()},
    )


def _common(settings: Settings) -> dict[str, Any]:
    if not settings.kafka_bootstrap:
        raise LogError("no Kafka address is set (STADSPULS_KAFKA_BOOTSTRAP)")
    return {
        **aiokafka_options(settings),
        "client_id": f"{settings.topic_prefix}-api",
        "request_timeout_ms": int(ASK_SECONDS * 1000),
    }


@asynccontextmanager
async def log_reader(settings: Settings) -> AsyncIterator[AIOKafkaConsumer]:
    """A started consumer without a group, which reads what is committed and decides on its own where to start.

    Raises:
        LogError: when no Kafka address is set.
        KafkaError: when Kafka does not answer.
    """
    options = {"fetch_max_wait_ms": EMBEDDED_WAIT_MS} if settings.profile is Profile.EMBEDDED else {}
    consumer = AIOKafkaConsumer(
        **_common(settings),
        **options,
        enable_auto_commit=False,
        auto_offset_reset="none",
        isolation_level="read_committed",
    )
    try:
        await consumer.start()
        yield consumer
    finally:
        try:
            await consumer.stop()
        finally:
            # A fetch that fails while it is being stopped keeps `stop` from closing the connections.
            await consumer._client.close()


@asynccontextmanager
async def offset_reader(settings: Settings) -> AsyncIterator[AIOKafkaAdminClient]:
    """A started client that tells what groups have committed.

    Raises:
        LogError: when no Kafka address is set.
        KafkaError: when Kafka does not answer.
    """
    admin = AIOKafkaAdminClient(**_common(settings))
    try:
        await admin.start()
        yield admin
    finally:
        await admin.close()


@contextmanager
def own_cancellation_only() -> Iterator[None]:
    """Raise a connection's end as the error it is.

    aiokafka cancels the answers it still owes when a connection closes; unless the task itself was asked to stop, that
    must not end it.

    Raises:
        KafkaConnectionError: an answer was cancelled, and nobody cancelled the task.
    """
    try:
        yield
    except asyncio.CancelledError as error:
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise
        raise KafkaConnectionError("the connection was closed") from error
