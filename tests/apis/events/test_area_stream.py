"""`/events`: several datasets, beginning with a snapshot."""

import pytest

from stadspuls.clock import SECOND, now_us
from tests.apis.conftest import T0
from tests.apis.events.stage import Stage
from tests.apis.events.streams import Event, SseStream, sse


async def first(stream: SseStream) -> Event:
    event = await stream.next()
    assert event.name == "snapshot"
    return event


def test_it_begins_with_the_newest_of_everything_public_and_goes_on_live(stage: Stage) -> None:
    async def story(stage: Stage) -> None:
        make = stage.made.one
        stage.store(
            make("gent/parking", "P1", "vacantSpaces", 1.0, T0),
            make("gent/parking", "P1", "vacantSpaces", 2.0, T0 + SECOND),
            make("gent/parking", "S1", "occupied", True, T0),
            make("gent/air-quality", "station-1", "no2", 41.2, T0),
            make("aalst/parking", "hidden", "vacantSpaces", 3.0, T0),
        )
        async with stage.serving() as server, sse(server.port, "/events") as stream:
            snapshot = await first(stream)
            assert snapshot.data["type"] == "snapshot"
            assert [(o["sensor"], o["value"]) for o in snapshot.data["observations"]] == [("P1", 2), ("S1", True)]
            assert {o["dataset"] for o in snapshot.data["observations"]} == {"gent/parking"}
            stage.publish(make("aalst/parking", "hidden", "vacantSpaces", 4.0, T0))
            stage.publish(make("gent/air-quality", "station-1", "no2", 42.2, T0 + SECOND))
            stage.publish(make("gent/parking", "P1", "vacantSpaces", 5.0, T0 + 2 * SECOND))
            event = await stream.observation()
            assert (event.data["value"], event.data["dataset"], event.id) == (5, "gent/parking", "")

    stage.run(story)


@pytest.mark.parametrize(
    ("query", "values"),
    [
        ("city=gent&theme=parking", [1, True]),
        ("city=gent,aalst&property=occupied", [True]),
        ("site=P1", [1]),
        ("site=https://stad.gent/id/parking/P1", [1]),
        ("sensor=S1", [True]),
        ("bbox=3.725,51.056,3.726,51.057", [1]),
        ("bbox=10,10,11,11", []),
    ],
)
def test_snapshot_and_events_obey_the_same_filters(stage: Stage, query: str, values: list[object]) -> None:
    async def story(stage: Stage) -> None:
        make = stage.made.one
        now = now_us()
        stage.store(
            make("gent/parking", "P1", "vacantSpaces", 1.0, now), make("gent/parking", "S1", "occupied", True, now)
        )
        async with stage.serving() as server, sse(server.port, f"/events?{query}") as stream:
            snapshot = await first(stream)
            assert [o["value"] for o in snapshot.data["observations"]] == values
            stage.publish(
                make("gent/parking", "P1", "vacantSpaces", 1.0, now + 1),
                make("gent/parking", "S1", "occupied", True, now + 1),
            )
            assert [e.data["value"] for e in await stream.observations(len(values))] == values

    stage.run(story)


def test_one_snapshot_is_written_for_all_until_something_is_published(stage: Stage) -> None:
    async def story(stage: Stage) -> None:
        stage.store(stage.one(1.0, T0))
        async with stage.serving() as server:
            async with sse(server.port, "/events") as one, sse(server.port, "/events") as two:
                same = [(await first(each)).data["observations"] for each in (one, two)]
                assert same[0] == same[1]
                stage.publish(stage.one(2.0, T0 + SECOND))
                assert (await one.observation()).data["value"] == 2
            async with sse(server.port, "/events") as three:
                assert [o["value"] for o in (await first(three)).data["observations"]] == [2]

    stage.run(story)
