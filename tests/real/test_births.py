"""Births on a real Kafka: what a transaction wrote is read back at a takeover, what it gave up is not."""

import asyncio
import uuid
from pathlib import Path

import pytest

from deploy.servers.running import Running
from stadspuls.codecs import Birth
from stadspuls.log import Topics
from stadspuls.log.admin import ensure_topics
from stadspuls.registry import load_registry
from stadspuls.settings import ROOT, Profile, Settings, load_settings
from store.backends import open_reader
from streams.births import Births
from streams.takeover import fenced_producer, recover

PARTITION = 5


@pytest.fixture
def settings(kafka: Running, tmp_path: Path) -> Settings:
    """The real profile with topics of this test's own and a SQLite store."""
    return load_settings(
        None,
        profile=Profile.REAL,
        store="sqlite",
        kafka_bootstrap=str(kafka.address),
        topic_prefix=f"t{uuid.uuid4().hex[:12]}",
        data_dir=tmp_path / "data",
    )


async def write(settings: Settings, births: Births, *, finish: bool) -> None:
    """The changes in a transaction, which is given up unless it is to be finished."""
    producer = await fenced_producer(settings, PARTITION)
    try:
        await producer.begin_transaction()
        for key, value in births.take_changes():
            await producer.send_and_wait(Topics(settings.topic_prefix).births, value, key=key, partition=PARTITION)
        await (producer.commit_transaction() if finish else producer.abort_transaction())
    finally:
        await producer.stop()


async def read_back(settings: Settings) -> dict[str, Birth]:
    reader = open_reader(settings)
    try:
        registry = load_registry(ROOT / "cities", ROOT / "themes")
        return dict((await recover(settings, registry, reader, PARTITION)).births)
    finally:
        reader.close()


def test_a_takeover_knows_the_births_of_finished_transactions_only(settings: Settings) -> None:
    ensure_topics(settings)
    births = Births()
    births["gent/a"], births["gent/b"] = Birth({1: "x"}, {"x": 9}), Birth({2: "y"}, {"y": 11})
    asyncio.run(write(settings, births, finish=True))
    del births["gent/a"]
    asyncio.run(write(settings, births, finish=True))
    births["gent/b"] = Birth({3: "given up"}, {})
    asyncio.run(write(settings, births, finish=False))
    assert asyncio.run(read_back(settings)) == {"gent/b": Birth({2: "y"}, {"y": 11})}
