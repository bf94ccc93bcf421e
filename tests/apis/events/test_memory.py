"""What memory holds of the published log, and for how long."""

import asyncio

import pytest

from apis.live import Memory
from stadspuls.clock import MINUTE, SECOND, now_us
from stadspuls.log import ObservationFrame
from stadspuls.model import Observation
from stadspuls.registry import Registry
from tests.apis.conftest import T0
from tests.apis.events.stage import Stage, eventually
from tests.apis.events.streams import sse
from tests.apis.kafka import running_kafka

DATASET = "gent/parking"
PATH = "/gent/parking/events"


@pytest.fixture
def memory(registry: Registry) -> Memory:
    return Memory(registry.datasets.values())


def frame(memory: Memory, *published: int) -> ObservationFrame:
    stream = memory.feeds[DATASET].dataset.datastream("P1", "vacantSpaces")
    assert stream is not None
    return ObservationFrame(0, 0, 1, "", [Observation(stream, at, at, at, 1.0) for at in published])


def held(memory: Memory, position: int = 0) -> list[int] | None:
    chunks = memory.feeds[DATASET].after(position)
    return None if chunks is None else [o.published_at for chunk in chunks for o in chunk.observations]


def test_nothing_is_held_before_it_is_known_where_the_store_ends(memory: Memory) -> None:
    memory.take(frame(memory, 1, 2))
    assert held(memory) is None
    memory.rejoin({})
    memory.take(frame(memory, 1, 2))
    assert held(memory) == [1, 2]


def test_what_is_stored_goes_after_a_while_and_what_is_not_stays(memory: Memory) -> None:
    now = now_us()
    memory.rejoin({})
    memory.take(frame(memory, now - 3 * MINUTE, now - 2 * MINUTE))
    memory.take(frame(memory, now - SECOND))
    memory.advance({DATASET: now - 2 * MINUTE}, followed=True)
    assert held(memory, now - 2 * MINUTE) == [now - SECOND]
    assert held(memory, now - 3 * MINUTE) is None
    memory.advance({DATASET: now - SECOND}, followed=True)
    assert held(memory, now - 2 * MINUTE) == [now - SECOND]


def test_memory_is_bounded_also_when_nothing_is_stored(memory: Memory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("apis.live.memory.MOST_HELD", 5)
    memory.rejoin({})
    for at in range(1, 21):
        memory.take(frame(memory, at))
    assert held(memory, 15) == [16, 17, 18, 19, 20]
    assert held(memory, 14) is None


def test_who_needs_what_memory_let_go_unstored_waits_for_the_store(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apis.live.memory.MOST_HELD", 3)

    async def story(stage: Stage) -> None:
        observations = [stage.one(float(n), T0 + n * SECOND) for n in range(10)]
        async with stage.serving() as server:
            for observation in observations:
                stage.publish(observation)
            await eventually(lambda: server.live.memory.feeds[DATASET].newest == observations[-1].published_at)
            async with sse(server.port, f"{PATH}?after={observations[0].published_at}") as stream:
                await eventually(lambda: len(server.hub) == 1)
                assert stream.buffered() == []
                for observation in observations[:8]:
                    stage.store(observation)
                assert [e.data["value"] for e in await stream.observations(9)] == list(range(1, 10))

    stage.run(story)


def test_while_kafka_is_away_streams_go_on_from_the_store(stage: Stage) -> None:
    async def story(stage: Stage) -> None:
        one = stage.one(1.0, T0)
        async with stage.serving() as server, sse(server.port, PATH) as stream:
            stage.publish(one)
            assert (await stream.observation()).data["value"] == 1
            stage.kafka.stop()
            await eventually(lambda: server.live.trouble is not None)
            # Another reader of Kafka still reaches it: the sink.
            stage.store(one)
            stage.store(stage.one(2.0, T0 + SECOND))
            stage.store(stage.one(3.0, T0 + 2 * SECOND))
            assert [e.data["value"] for e in await stream.observations(2)] == [2, 3]

    stage.run(story)


def test_what_a_lost_kafka_took_along_is_not_told_twice_and_the_rest_is_told(stage: Stage) -> None:
    async def story(stage: Stage) -> None:
        stored, told = stage.one(1.0, T0), stage.one(2.0, T0 + SECOND)
        untold = stage.one(3.0, T0 + 2 * SECOND)
        async with stage.serving() as server, sse(server.port, PATH) as stream:
            stage.publish(stored)
            stage.publish(told)
            assert [e.data["value"] for e in await stream.observations(2)] == [1, 2]
            stage.store(stored)
            await eventually(lambda: server.live.memory.feeds[DATASET].stored == stored.published_at)
            stage.kafka.stop()
            await eventually(lambda: server.live.trouble is not None)
            with running_kafka() as second:
                # The bridge sends what the sink has not stored; streams publish it under new positions.
                second.publish(1, [again(told), again(untold)])
                address = stage.settings.model_copy(update={"kafka_bootstrap": second.address})
                server.live._settings = address
                assert (await stream.observation()).data["value"] == 3
                async with sse(server.port, f"{PATH}?after={told.published_at}") as resumed:
                    assert (await resumed.observation()).data["value"] == 3
                async with sse(server.port, f"{PATH}?after={stored.published_at}") as behind:
                    assert [e.data["value"] for e in await behind.observations(2)] == [2, 3]
                await asyncio.sleep(0)

    def again(observation: Observation) -> Observation:
        stream, at = observation.datastream, observation.observed_at
        return stage.made.one(stream.dataset, stream.sensor, stream.observed_property, observation.value, at)

    stage.run(story)
