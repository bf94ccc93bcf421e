"""A published log in a real Kafka as `streams` leaves it: in transactions, some of them aborted."""

import asyncio
import contextlib
import random
from collections.abc import Sequence

from aiokafka import AIOKafkaProducer

from stadspuls.clock import SECOND, now_us
from stadspuls.log import ObservationFrame, Topics, encode_observations, encode_rejected, partition_of
from stadspuls.model import Rejection
from stadspuls.settings import Settings
from tests.store.made import frame, observation, rejection, stream

DATASETS = ("gent/parking", "aalst/parking", "gent/air-quality", "brugge/parking", "leuven/parking")
TOGETHER = 8
"""Frames of one transaction."""
LATE = 90 * SECOND + SECOND // 2
"""How late some observations are; no other has the same instant."""


class Aborted(Exception):
    """Ends a transaction that must leave nothing behind."""


def partitions(settings: Settings) -> dict[int, list[str]]:
    """The datasets of each partition that has any."""
    found: dict[int, list[str]] = {}
    for dataset in DATASETS:
        found.setdefault(partition_of(dataset, settings.partitions), []).append(dataset)
    return found


def made(datasets: Sequence[str], source: int, began: int, seeded: random.Random) -> ObservationFrame:
    """Some tens of observations of several datasets, some late; every fourth frame is empty."""
    first = began + source * SECOND
    streams = [stream(f"P{i}", dataset=dataset) for dataset in datasets for i in range(20)]
    return frame(
        *(
            observation(
                first + i - seeded.choice((0, 0, LATE)),
                float(seeded.randrange(500)),
                seeded.choice(streams),
                published_at=first + i,
            )
            for i in range(seeded.choice((0, 12, 30, 60)))
        ),
        source=source,
    )


def rejections(partition: int, source: int, began: int) -> list[Rejection]:
    return [
        rejection(f"gent/parking/{partition}-{source}-{i}", rejected_at=began + source * SECOND, offset=source)
        for i in range(source % 3)
    ]


async def _publish(settings: Settings, partition: int, datasets: list[str], span: range, began: int) -> None:
    topics = Topics(settings.topic_prefix)
    seeded = random.Random(f"{partition} {span}")  # noqa: S311 - the same every time
    producer = AIOKafkaProducer(
        bootstrap_servers=settings.kafka_bootstrap,
        transactional_id=f"{settings.topic_prefix}-{partition}",
        acks="all",
    )

    async def send(source: int) -> None:
        at = (began + source * SECOND) // 1000
        if kept := rejections(partition, source, began):
            record = encode_rejected(kept, source, "r")
            await producer.send(topics.rejected, record, partition=partition, timestamp_ms=at)
        record = encode_observations(made(datasets, source, began, seeded))
        await producer.send(topics.observations, record, partition=partition, timestamp_ms=at)

    await producer.start()
    for first in range(span.start, span.stop, TOGETHER):
        async with producer.transaction():
            for source in range(first, min(first + TOGETHER, span.stop)):
                await send(source)
        with contextlib.suppress(Aborted):
            async with producer.transaction():
                await send(first)
                raise Aborted
    await producer.stop()


def publish(settings: Settings, first: int, end: int, began: int | None = None) -> int:
    """Publish frames of these source offsets in every partition; returns when the first of all is said to be from."""
    began = now_us() - 3600 * SECOND if began is None else began

    async def everywhere() -> None:
        await asyncio.gather(
            *(_publish(settings, p, datasets, range(first, end), began) for p, datasets in partitions(settings).items())
        )

    asyncio.run(everywhere())
    return began
