"""`/{city}/{theme}/events` over real sockets: what a client sees."""

import json

import pytest

from stadspuls.clock import MINUTE, SECOND, now_us
from tests.apis.conftest import T0
from tests.apis.events.stage import Stage, eventually
from tests.apis.events.streams import sse

PATH = "/gent/parking/events"


def test_every_new_observation_comes_as_an_event_like_an_entry_of_latest(stage: Stage) -> None:
    async def story(stage: Stage) -> None:
        async with stage.serving() as server, sse(server.port, PATH) as stream:
            assert stream.status == 200
            first, second = stage.one(5.0, T0), stage.one(6.0, T0 + SECOND)
            stage.publish(first, second)
            events = await stream.observations(2)
            assert [(e.name, e.id) for e in events] == [
                ("observation", str(first.published_at)),
                ("observation", str(second.published_at)),
            ]
            assert events[1].data == {
                "site": "https://stad.gent/id/parking/P1",
                "sensor": "P1",
                "property": "vacantSpaces",
                "value": 6,
                "unit": "1",
                "observedAt": "2026-01-05T08:00:01Z",
                "receivedAt": "2026-01-05T08:00:02Z",
                "publishedAt": "2026-01-05T08:00:00.000002Z",
                "quality": "good",
                "origin": "replayed",
                "dataset": "gent/parking",
            }

    stage.run(story)


def test_headers_let_no_proxy_or_cache_keep_events_back(stage: Stage) -> None:
    async def story(stage: Stage) -> None:
        async with stage.serving() as server, sse(server.port, PATH, Accept_Encoding="gzip") as stream:
            assert stream.headers["content-type"] == "text/event-stream; charset=utf-8"
            assert "no-cache" in stream.headers["cache-control"]
            assert stream.headers["x-accel-buffering"] == "no"
            assert stream.headers["access-control-allow-origin"] == "*"
            assert "content-encoding" not in stream.headers
            assert "content-length" not in stream.headers
            assert "license" in stream.headers["link"]
            assert await stream.more()
            assert stream.parser.retry is not None
            assert 1000 <= stream.parser.retry < 4000

    stage.run(story)


def test_a_stream_has_an_id_before_its_first_event(stage: Stage) -> None:
    async def story(stage: Stage) -> None:
        one, two = stage.one(1.0, T0), stage.one(2.0, T0 + SECOND)
        stage.publish(one)
        async with stage.serving() as server:
            await eventually(lambda: server.hub.head(stage.registry.datasets["gent/parking"]) == one.published_at)
            async with sse(server.port, PATH) as stream:
                assert await stream.more()
                assert stream.parser.last_id == str(one.published_at)
            stage.publish(two)
            async with sse(server.port, PATH, Last_Event_ID=stream.parser.last_id) as stream:
                assert (await stream.observation()).data["value"] == 2

    stage.run(story)


@pytest.mark.parametrize("given", ["header", "parameter"])
def test_a_client_goes_on_after_the_id_it_names_through_store_and_memory(stage: Stage, given: str) -> None:
    async def story(stage: Stage) -> None:
        stored = [stage.one(float(n), T0 + n * SECOND) for n in range(100)]
        for n in range(0, 100, 4):
            stage.store(*stored[n : n + 4])
        later = [stage.one(float(n), T0 + n * SECOND) for n in range(100, 110)]
        stage.publish(*later[:5])
        async with stage.serving() as server:
            place = str(stored[41].published_at)
            path = f"{PATH}?after={place}" if given == "parameter" else PATH
            header = place if given == "header" else ""
            async with sse(server.port, path, Last_Event_ID=header) as stream:
                stage.publish(*later[5:])
                assert [e.data["value"] for e in await stream.observations(68)] == list(range(42, 110))

    stage.run(story)


def test_everything_there_is_can_be_asked_for(stage: Stage) -> None:
    async def story(stage: Stage) -> None:
        stage.store(*[stage.one(float(n), T0 + n * SECOND) for n in range(500)])
        for n in range(500, 600):
            stage.store(stage.one(float(n), T0 + n * SECOND))
        async with stage.serving() as server, sse(server.port, f"{PATH}?after=0") as stream:
            assert [e.data["value"] for e in await stream.observations(600)] == list(range(600))

    stage.run(story)


def test_an_id_from_the_header_goes_before_the_parameter(stage: Stage) -> None:
    async def story(stage: Stage) -> None:
        one, two = stage.one(1.0, T0), stage.one(2.0, T0 + SECOND)
        stage.store(one, two)
        header = str(one.published_at)
        async with stage.serving() as server, sse(server.port, f"{PATH}?after=0", Last_Event_ID=header) as stream:
            assert (await stream.observation()).data["value"] == 2

    stage.run(story)


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("after=yesterday", 400, "invalid-parameter"),
        ("after=-1", 400, "invalid-parameter"),
        ("after=9999999999999999", 400, "invalid-parameter"),
        ("after=1&after=2", 400, "invalid-parameter"),
        ("bbox=1,2,3", 400, "invalid-parameter"),
        ("bbox=a,b,c,d", 400, "invalid-parameter"),
        ("bbox=nan,1,2,3", 400, "invalid-parameter"),
        ("bbox=3,51,2,52", 400, "invalid-parameter"),
        ("bbox=3,51,200,52", 400, "invalid-parameter"),
        ("site=nowhere", 404, "unknown-site"),
        ("property=no2", 404, "unknown-property"),
        ("sensor=nothing", 404, "unknown-sensor"),
        ("every=1h", 400, "invalid-parameter"),
    ],
)
def test_what_cannot_be_asked_is_said(stage: Stage, query: str, status: int, code: str) -> None:
    async def story(stage: Stage) -> None:
        async with stage.serving() as server, sse(server.port, f"{PATH}?{query}") as stream:
            assert stream.status == status
            problem = json.loads(stream.body)
            assert problem["code"] == code
            assert query.partition("=")[0] in problem["detail"] or status == 404

    stage.run(story)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/aalst/parking/events", 404),
        ("/gent/air-quality/events", 403),
        ("/atlantis/parking/events", 404),
        ("/events?city=aalst", 404),
        ("/events?city=gent&theme=air-quality", 403),
        ("/events?theme=volcanoes", 404),
        ("/events?property=height", 404),
        ("/events?site=hidden", 404),
        ("/events?after=1", 400),
    ],
)
def test_what_is_not_public_is_not_streamed(stage: Stage, path: str, status: int) -> None:
    async def story(stage: Stage) -> None:
        async with stage.serving() as server, sse(server.port, path) as stream:
            assert stream.status == status

    stage.run(story)


@pytest.mark.parametrize("path", [PATH, "/events"])
def test_head_gives_headers_and_ends_and_other_methods_are_refused(stage: Stage, path: str) -> None:
    async def story(stage: Stage) -> None:
        async with stage.serving() as server:
            async with sse(server.port, path, method="HEAD") as stream:
                assert stream.status == 200
                assert stream.headers["content-type"].startswith("text/event-stream")
            async with sse(server.port, path, method="POST", Content_Length="0") as stream:
                assert (stream.status, stream.headers["allow"]) == (405, "GET, HEAD, OPTIONS")
            async with sse(server.port, path, method="OPTIONS") as stream:
                assert stream.status == 204
            assert len(server.hub) == 0

    stage.run(story)


def test_filters_choose_by_site_sensor_property_and_box(stage: Stage) -> None:
    async def story(stage: Stage) -> None:
        async with stage.serving() as server:
            asked: dict[str, list[object]] = {
                "": [1, "text", True],
                "site=P1": [1, "text"],
                "site=https://stad.gent/id/parking/P1&property=message": ["text"],
                "sensor=S1": [True],
                "property=vacantSpaces,occupied": [1, True],
                "bbox=3.725,51.056,3.726,51.057": [1, "text"],
                "bbox=3.7,51.0,3.8,51.1": [1, "text", True],
                "bbox=3.725,51.056,3.726,51.057&sensor=S1": [],
                "bbox=0,0,1,1": [],
            }
            for query, expected in asked.items():
                async with sse(server.port, f"{PATH}?{query}") as stream:
                    stage.publish(
                        stage.made.one("gent/parking", "P1", "vacantSpaces", 1.0, T0),
                        stage.made.one("gent/parking", "P1", "message", "text", T0),
                        stage.made.one("gent/parking", "S1", "occupied", True, T0),
                    )
                    values = [e.data["value"] for e in await stream.observations(len(expected))]
                    assert values == expected, query

    stage.run(story)


def test_heartbeats_come_when_nothing_else_does_and_say_how_far_the_stream_is(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apis.events.hub.HEARTBEAT_SECONDS", 0.1)

    async def story(stage: Stage) -> None:
        async with stage.serving() as server, sse(server.port, f"{PATH}?property=message") as stream:
            other = stage.one(1.0, now_us())
            stage.publish(other)
            while stream.parser.last_id != str(other.published_at):
                assert await stream.more()
            assert "still here" in stream.parser.comments
            assert stream.buffered() == []

    stage.run(story)


def test_a_silent_dataset_says_so_once_and_a_new_observation_ends_it(stage: Stage) -> None:
    async def story(stage: Stage) -> None:
        old = stage.one(1.0, now_us() - 20 * MINUTE)
        stage.store(old)
        async with stage.serving() as server:
            async with sse(server.port, PATH) as stream, sse(server.port, PATH) as other:
                for each in (stream, other):
                    stale = await each.next()
                    assert (stale.name, stale.data["dataset"]) == ("stale", "gent/parking")
                    assert stale.data["newestObservedAt"] < stale.data["validUntil"]
                stage.publish(stage.one(2.0, now_us()))
                assert (await stream.next()).name == "observation"
                feed = server.live.memory.feeds["gent/parking"]
                await eventually(lambda: server.hub._staleness[feed].stale is None)
            async with sse(server.port, PATH) as stream:
                stage.publish(stage.one(3.0, now_us()))
                assert (await stream.next()).name == "observation"

    stage.run(story)
