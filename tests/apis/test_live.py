"""The live state against Kafka in memory and a real store."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.errors import OffsetOutOfRangeError
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from apis.live import Latest, LiveState
from apis.readers import Readers
from stadspuls.clock import MINUTE, SECOND
from stadspuls.log import ObservationFrame, Topics
from stadspuls.model import Datastream, Observation
from stadspuls.registry import Registry
from stadspuls.settings import Settings
from store.backends import open_reader, open_writer
from tests.apis.conftest import T0, Made
from tests.apis.kafka import PARTITION, Kafka, running_kafka

DATASET = "gent/parking"
STREAMS = [Datastream("gent", "parking", "P1", f"S{number}", "vacantSpaces", "1") for number in range(3)]


@pytest.fixture
def kafka() -> Iterator[Kafka]:
    with running_kafka() as kafka:
        yield kafka


@pytest.fixture
def made(registry: Registry) -> Made:
    return Made(registry)


@pytest.fixture(autouse=True)
def quick_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("apis.live.state.LOOK_SECONDS", 0.05)
    monkeypatch.setattr("apis.live.state.RETRY_SECONDS", 0.05)


class World:
    """A live state with its store, run inside one event loop."""

    def __init__(self, settings: Settings, registry: Registry, address: str) -> None:
        self.settings = settings.model_copy(update={"kafka_bootstrap": address})
        self.readers = Readers(lambda: open_reader(self.settings))
        self.live = LiveState(self.settings, registry, self.readers)

    def store(self, *observations: Observation) -> None:
        writer = open_writer(self.settings)
        writer.write([ObservationFrame(0, 0, 1, "", list(observations))])
        writer.close()

    def value(self, sensor: str = "P1") -> Any:
        found = [o.value for o in self.live.latest.of(DATASET) if o.datastream.sensor == sensor]
        return found[0] if found else None

    def run(self, story: Callable[["World"], Awaitable[None]]) -> None:
        async def told() -> None:
            async with self.live.following():
                await story(self)

        try:
            asyncio.run(told())
        finally:
            self.readers.close()


async def eventually(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "did not happen in time"
        await asyncio.sleep(0.01)


@hypothesis_settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from(STREAMS), st.integers(0, 20)), max_size=40))
def test_latest_is_the_newest_observed_in_whatever_order_it_comes(steps: list[tuple[Datastream, int]]) -> None:
    latest = Latest()
    newest: dict[str, int] = {}
    for published, (stream, observed) in enumerate(steps, 1):
        latest.merge([Observation(stream, observed, 0, published, float(published))])
        newest[stream.sensor] = max(newest.get(stream.sensor, 0), observed)
        assert {o.datastream.sensor: o.observed_at for o in latest.of(DATASET)} == newest
    assert latest.newest_published(DATASET) == (len(steps) or None)
    assert latest.newest_observed(DATASET) == (max(newest.values()) if newest else None)


def test_what_is_published_shows(settings: Settings, registry: Registry, kafka: Kafka, made: Made) -> None:
    async def story(world: World) -> None:
        await eventually(lambda: world.live.trouble is None)
        kafka.publish(0, [made.one(DATASET, "P1", "vacantSpaces", 5.0, T0)])
        await eventually(lambda: world.value() == 5)
        assert world.live.last_sources == {PARTITION: 0}

    World(settings, registry, kafka.address).run(story)


def test_a_late_value_never_becomes_latest(settings: Settings, registry: Registry, kafka: Kafka, made: Made) -> None:
    kafka.publish(0, [made.one(DATASET, "P1", "vacantSpaces", 5.0, T0)])
    kafka.publish(1, [made.one(DATASET, "P1", "vacantSpaces", 1.0, T0 - MINUTE)])

    async def story(world: World) -> None:
        await eventually(lambda: world.live.last_sources.get(PARTITION) == 1)
        assert world.value() == 5

    World(settings, registry, kafka.address).run(story)


def test_a_start_takes_the_store_and_then_what_the_sink_has_not_stored(
    settings: Settings, registry: Registry, kafka: Kafka, made: Made
) -> None:
    stored = made.one(DATASET, "P1", "vacantSpaces", 5.0, T0)
    only_in_the_log = made.one(DATASET, "S1", "occupied", True, T0)
    kafka.send(Topics().observations, b"before the commit: not read again")
    kafka.publish(1, [only_in_the_log])
    world = World(settings, registry, kafka.address)
    kafka.commit(world.settings, offset=1, source=0)
    world.store(stored)

    async def story(world: World) -> None:
        await eventually(lambda: world.live.last_sources.get(PARTITION) == 1)
        assert (world.value("P1"), world.value("S1")) == (5, True)

    world.run(story)


def test_an_older_value_of_the_store_does_not_replace_a_newer_of_the_log(
    settings: Settings, registry: Registry, kafka: Kafka, made: Made
) -> None:
    kafka.publish(0, [made.one(DATASET, "P1", "vacantSpaces", 5.0, T0)])
    world = World(settings, registry, kafka.address)
    world.store(made.one(DATASET, "P1", "vacantSpaces", 1.0, T0 - SECOND))

    async def story(world: World) -> None:
        await eventually(lambda: world.value() == 5)
        await world.live.load()
        assert world.value() == 5

    world.run(story)


def test_a_record_that_is_no_frame_is_passed_over(
    settings: Settings, registry: Registry, kafka: Kafka, made: Made
) -> None:
    kafka.send(Topics().observations, b"\xc1 no frame")
    kafka.publish(3, [made.one(DATASET, "P1", "vacantSpaces", 5.0, T0)])

    async def story(world: World) -> None:
        await eventually(lambda: world.value() == 5)

    World(settings, registry, kafka.address).run(story)


def test_offsets_that_the_log_no_longer_has_are_not_waited_for(
    settings: Settings, registry: Registry, kafka: Kafka, made: Made
) -> None:
    kafka.publish(0, [made.one(DATASET, "P1", "vacantSpaces", 5.0, T0)])
    world = World(settings, registry, kafka.address)
    kafka.commit(world.settings, offset=4711, source=4711)

    async def story(world: World) -> None:
        await eventually(lambda: world.live.trouble is None and world.value() == 5)

    world.run(story)


def test_a_log_that_forgot_what_was_not_read_yet_is_read_anew_behind_the_store(
    settings: Settings, registry: Registry, kafka: Kafka, made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(settings, registry, kafka.address)
    real = AIOKafkaConsumer.getmany
    failures: list[str | None] = []

    async def forgetful(consumer: AIOKafkaConsumer, **options: object) -> object:
        if not failures:
            # What the store got meanwhile must show, although the log no longer holds it.
            failures.append(world.live.trouble)
            world.store(made.one(DATASET, "P1", "vacantSpaces", 8.0, T0))
            raise OffsetOutOfRangeError({})
        return await real(consumer, **options)

    monkeypatch.setattr(AIOKafkaConsumer, "getmany", forgetful)

    async def story(world: World) -> None:
        await eventually(lambda: world.value() == 8 and world.live.trouble is None)
        kafka.publish(0, [made.one(DATASET, "P1", "vacantSpaces", 9.0, T0 + SECOND)])
        await eventually(lambda: world.value() == 9)

    world.run(story)
    assert failures == [None]


def test_without_kafka_the_store_is_served_and_kafka_is_found_when_it_comes(
    settings: Settings, registry: Registry, made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(settings, registry, "127.0.0.1:1")
    world.store(made.one(DATASET, "P1", "vacantSpaces", 5.0, T0))

    async def story(world: World) -> None:
        await eventually(lambda: world.live.loaded and "Kafka" in str(world.live.trouble))
        assert [o.value for o in world.live.of(DATASET)] == [5]
        with running_kafka() as kafka:
            kafka.publish(0, [made.one(DATASET, "P1", "vacantSpaces", 6.0, T0 + SECOND)])
            world.live._settings = world.settings.model_copy(update={"kafka_bootstrap": kafka.address})
            await eventually(lambda: world.value() == 6 and world.live.trouble is None)

    world.run(story)


def test_a_kafka_that_goes_away_is_noticed_and_its_successor_read(
    settings: Settings, registry: Registry, made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apis.live.state.ASK_SECONDS", 1.0)
    with running_kafka() as first:
        world = World(settings, registry, first.address)
        first.publish(7, [made.one(DATASET, "P1", "vacantSpaces", 5.0, T0)])

        async def story(world: World) -> None:
            await eventually(lambda: world.value() == 5)
            first.stop()
            await eventually(lambda: world.live.trouble is not None)
            with running_kafka() as second:
                world.live._settings = world.settings.model_copy(update={"kafka_bootstrap": second.address})
                second.publish(0, [made.one(DATASET, "P1", "vacantSpaces", 6.0, T0 + SECOND)])
                await eventually(lambda: world.value() == 6 and world.live.trouble is None)
                assert world.live.last_sources == {PARTITION: 0}

        world.run(story)


def test_backlogs_of_streams_and_sink_are_seen(
    settings: Settings, registry: Registry, kafka: Kafka, made: Made
) -> None:
    for _ in range(3):
        kafka.receive()
    kafka.publish(0, [made.one(DATASET, "P1", "vacantSpaces", 5.0, T0)])
    world = World(settings, registry, kafka.address)

    async def story(world: World) -> None:
        await eventually(lambda: world.live.streams_backlog.frames == 2 and world.live.sink_backlog.frames == 1)
        kafka.commit(world.settings, offset=1, source=0)
        await eventually(lambda: world.live.sink_backlog.frames == 0)
        kafka.publish(1, [])
        kafka.publish(2, [])
        await eventually(lambda: world.live.streams_backlog.frames == 0 and world.live.sink_backlog.frames == 2)
        await eventually(lambda: world.live.sink_backlog.standstill > 0.2)

    world.run(story)


def test_a_store_that_is_away_at_start_is_asked_again(
    settings: Settings, registry: Registry, kafka: Kafka, made: Made
) -> None:
    world = World(settings, registry, kafka.address)
    settings.data_dir.rmdir()
    settings.data_dir.write_text("in the way")

    async def story(world: World) -> None:
        await eventually(lambda: "store does not answer" in str(world.live.trouble))
        assert not world.live.loaded
        settings.data_dir.unlink()
        settings.data_dir.mkdir()
        world.store(made.one(DATASET, "P1", "vacantSpaces", 5.0, T0))
        await eventually(lambda: world.live.trouble is None and world.value() == 5)

    world.run(story)


def test_without_a_kafka_address_the_store_is_served_and_it_is_said(
    settings: Settings, registry: Registry, made: Made
) -> None:
    world = World(settings, registry, "")
    world.store(made.one(DATASET, "P1", "vacantSpaces", 5.0, T0))

    async def story(world: World) -> None:
        await eventually(lambda: world.live.loaded and "STADSPULS_KAFKA_BOOTSTRAP" in str(world.live.trouble))
        assert world.value() == 5

    world.run(story)


def test_how_far_the_store_is_comes_from_the_last_look_while_that_is_fresh(
    settings: Settings, registry: Registry, made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(settings, registry, "")
    world.store(made.one(DATASET, "P1", "vacantSpaces", 5.0, T0))
    asked = 0
    ask = world.readers.ask

    async def counted(question: Any, seconds: float | None = 60.0) -> Any:
        nonlocal asked
        asked += 1
        return await ask(question, seconds)

    monkeypatch.setattr(world.readers, "ask", counted)
    monkeypatch.setattr("apis.live.state.LOOK_SECONDS", 3600.0)

    async def story(world: World) -> None:
        await eventually(lambda: world.live.loaded and world.live.memory.known)
        before = asked
        seen = await world.live.stored_through(3600.0)
        assert (list(seen), asked) == ([DATASET], before)
        world.live._seen = None
        assert await world.live.stored_through(60.0) == seen
        assert asked == before + 1

    world.run(story)
