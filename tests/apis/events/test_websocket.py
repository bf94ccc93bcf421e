"""`/ws` over real sockets."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from stadspuls.clock import MINUTE, SECOND, now_us
from tests.apis.conftest import T0
from tests.apis.events.conftest import Impatient
from tests.apis.events.stage import Server, Stage, eventually, serving_tasks
from tests.apis.events.test_clients import flood, many, only_subscriber

SECONDS = 60


class Socket:
    """A connected client."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    async def say(self, **message: Any) -> None:
        await self.connection.send(json.dumps(message))

    async def hear(self, *, stale: bool = False) -> dict[str, Any]:
        """The next message; the small registry's old values make its dataset stale."""
        async with asyncio.timeout(SECONDS):
            while True:
                message: dict[str, Any] = json.loads(await self.connection.recv())
                if stale or message["type"] != "stale":
                    return message

    async def ask(self, **message: Any) -> dict[str, Any]:
        await self.say(**message)
        return await self.hear()

    async def values(self, count: int) -> list[Any]:
        found: list[Any] = []
        while len(found) < count:
            message = await self.hear()
            assert message["type"] == "observations"
            assert message["id"] == str(int(message["id"]))
            found += [o["value"] for o in message["observations"]]
        return found


@asynccontextmanager
async def connected(server: Server) -> AsyncIterator[Socket]:
    async with connect(f"ws://127.0.0.1:{server.port}/ws", proxy=None, ping_interval=None) as connection:
        yield Socket(connection)


def test_what_is_subscribed_to_comes_frame_by_frame(stage: Stage) -> None:
    async def story(stage: Stage) -> None:
        async with stage.serving() as server, connected(server) as ws:
            answer = await ws.ask(type="subscribe", dataset="gent/parking", ref="a")
            assert answer == {"type": "subscribed", "positions": {"gent/parking": "0"}, "ref": "a"}
            frame = many(stage, 0, 3)
            stage.publish(*frame)
            message = await ws.hear()
            assert (message["type"], message["dataset"]) == ("observations", "gent/parking")
            assert message["id"] == str(frame[-1].published_at)
            assert [o["value"] for o in message["observations"]] == [0, 1, 2]
            assert message["observations"][0]["dataset"] == "gent/parking"

    stage.run(story)


def test_filters_change_while_connected_without_gap_or_repetition(stage: Stage) -> None:
    async def story(stage: Stage) -> None:
        make = stage.made.one
        async with stage.serving() as server, connected(server) as ws:
            await ws.ask(type="subscribe", dataset="gent/parking", property=["vacantSpaces"])
            stage.publish(make("gent/parking", "S1", "occupied", True, T0), stage.one(1.0, T0))
            assert await ws.values(1) == [1]
            answer = await ws.ask(type="subscribe", dataset="gent/parking", bbox=[3.71, 51.04, 3.7205, 51.0505])
            assert answer["type"] == "subscribed"
            stage.publish(stage.one(2.0, T0 + SECOND), make("gent/parking", "S1", "occupied", False, T0 + SECOND))
            assert await ws.values(1) == [False]
            answer = await ws.ask(type="unsubscribe", dataset="gent/parking")
            position = answer["positions"]["gent/parking"]
            stage.publish(stage.one(3.0, T0 + 2 * SECOND))
            assert await ws.ask(type="ping", ref="x") == {"type": "pong", "ref": "x"}
            await ws.ask(type="subscribe", dataset="gent/parking", after=position)
            assert await ws.values(1) == [3]

    stage.run(story)


def test_a_client_goes_on_after_a_position_through_store_and_memory(stage: Stage) -> None:
    async def story(stage: Stage) -> None:
        stored = many(stage, 0, 50)
        for n in range(0, 50, 5):
            stage.store(*stored[n : n + 5])
        stage.publish(*many(stage, 50, 5))
        async with stage.serving() as server, connected(server) as ws:
            await ws.ask(type="subscribe", dataset="gent/parking", after=str(stored[7].published_at))
            assert await ws.values(47) == list(range(8, 55))

    stage.run(story)


def test_many_datasets_at_once_with_a_snapshot(stage: Stage) -> None:
    async def story(stage: Stage) -> None:
        stage.store(stage.one(1.0, T0), stage.made.one("aalst/parking", "hidden", "vacantSpaces", 3.0, T0))
        async with stage.serving() as server, connected(server) as ws:
            answer = await ws.ask(type="subscribe", city=["gent", "aalst"], theme=["parking"], snapshot=True)
            assert list(answer["positions"]) == ["gent/parking"]
            snapshot = await ws.hear()
            assert (snapshot["type"], [o["value"] for o in snapshot["observations"]]) == ("snapshot", [1])
            stage.publish(stage.one(2.0, T0 + SECOND))
            assert await ws.values(1) == [2]
            answer = await ws.ask(type="unsubscribe")
            assert list(answer["positions"]) == ["gent/parking"]

    stage.run(story)


def test_a_silent_dataset_says_so(stage: Stage) -> None:
    async def story(stage: Stage) -> None:
        stage.store(stage.one(1.0, now_us() - 20 * MINUTE))
        async with stage.serving() as server, connected(server) as ws:
            feed = server.live.memory.feeds["gent/parking"]
            await eventually(lambda: server.hub._staleness[feed].stale is not None)
            await ws.ask(type="subscribe", dataset="gent/parking")
            message = await ws.hear(stale=True)
            assert (message["type"], message["dataset"]) == ("stale", "gent/parking")

    stage.run(story)


@pytest.mark.parametrize(
    ("message", "code", "words"),
    [
        ("{", "invalid-parameter", "not understood"),
        ("[]", "invalid-parameter", "not understood"),
        ("\x00", "invalid-parameter", "not understood"),
        ({"type": "shout"}, "invalid-parameter", "shout"),
        ({"type": "subscribe", "datasets": "gent/parking"}, "invalid-parameter", "datasets"),
        ({"type": "subscribe", "dataset": 5}, "invalid-parameter", "str"),
        ({"type": "subscribe", "dataset": "atlantis/parking"}, "unknown-city", "atlantis"),
        ({"type": "subscribe", "dataset": "gent"}, "unknown-dataset", "gent"),
        ({"type": "subscribe", "dataset": "aalst/parking"}, "unknown-dataset", "aalst"),
        ({"type": "subscribe", "dataset": "gent/air-quality"}, "only-aggregates", "aggregates"),
        ({"type": "subscribe", "dataset": "gent/parking", "site": ["nowhere"]}, "unknown-site", "nowhere"),
        ({"type": "subscribe", "dataset": "gent/parking", "property": ["no2"]}, "unknown-property", "no2"),
        ({"type": "subscribe", "dataset": "gent/parking", "bbox": [1, 2, 3]}, "invalid-parameter", "bbox"),
        ({"type": "subscribe", "dataset": "gent/parking", "bbox": [9, 2, 3, 4]}, "invalid-parameter", "bbox"),
        ({"type": "subscribe", "dataset": "gent/parking", "after": "x"}, "invalid-parameter", "after"),
        ({"type": "subscribe", "dataset": "gent/parking", "city": ["gent"]}, "invalid-parameter", "either"),
        ({"type": "subscribe", "city": ["gent"], "after": "1"}, "invalid-parameter", "after"),
        ({"type": "subscribe", "site": ["P1"] * 101, "ref": "r"}, "invalid-parameter", "site"),
        ({"type": "subscribe", "ref": "r" * 65}, "invalid-parameter", "ref"),
        ({"type": "unsubscribe", "dataset": "gent/parking"}, "invalid-parameter", "not subscribed"),
    ],
)
def test_mistakes_are_explained_and_change_nothing(stage: Stage, message: Any, code: str, words: str) -> None:
    async def story(stage: Stage) -> None:
        async with stage.serving() as server, connected(server) as ws:
            await ws.connection.send(
                message if isinstance(message, str) else json.dumps(message | {"ref": "r"} | message)
            )
            answer = await ws.hear()
            assert (answer["type"], answer["code"]) == ("error", code)
            assert words in answer["detail"]
            assert await ws.ask(type="ping") == {"type": "pong"}

    stage.run(story)


def test_a_refusal_names_the_message_it_is_about(stage: Stage) -> None:
    async def story(stage: Stage) -> None:
        async with stage.serving() as server, connected(server) as ws:
            assert (await ws.ask(type="subscribe", dataset="gent/volcanoes", ref="7"))["ref"] == "7"

    stage.run(story)


def test_messages_that_are_too_long_end_the_connection(stage: Stage) -> None:
    async def story(stage: Stage) -> None:
        async with stage.serving() as server, connected(server) as ws:
            await ws.connection.send("x" * 20_000)
            with pytest.raises(ConnectionClosed) as closed:
                await ws.hear()
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 1009
            await eventually(lambda: len(server.hub) == 0)

    stage.run(story)


def test_a_client_that_leaves_is_forgotten(stage: Stage) -> None:
    async def story(stage: Stage) -> None:
        async with stage.serving() as server:
            async with connected(server) as polite, connected(server) as rude:
                await polite.ask(type="subscribe")
                await rude.ask(type="subscribe")
                assert len(server.hub) == 2
                rude.connection.transport.abort()
                await eventually(lambda: len(server.hub) == 1)
            await eventually(lambda: len(server.hub) == 0 and not serving_tasks())
            assert not any(server.hub._followers.values())

    stage.run(story)


def test_who_comes_when_there_is_no_room_gets_a_problem(stage: Stage) -> None:
    stage.settings = stage.settings.model_copy(update={"live_subscribers": 1})

    async def story(stage: Stage) -> None:
        async with stage.serving() as server, connected(server):
            await eventually(lambda: len(server.hub) == 1)
            with pytest.raises(InvalidStatus) as refused:
                async with connected(server):
                    pass
            assert refused.value.response.status_code == 503
            assert json.loads(refused.value.response.body or b"")["code"] == "unavailable"

    stage.run(story)


def test_a_client_that_does_not_read_is_told_and_can_go_on_without_loss(stage: Stage, impatient: Impatient) -> None:
    async def story(stage: Stage) -> None:
        async with stage.serving() as server, connected(server) as ws:
            await ws.ask(type="subscribe", dataset="gent/parking")
            ws.connection.transport.pause_reading()
            count = await flood(stage, server, await only_subscriber(server))
            with impatient():
                await eventually(lambda: len(server.hub) == 0)
            ws.connection.transport.resume_reading()
            values: list[Any] = []
            while (message := await ws.hear())["type"] != "slow":
                values += [o["value"] for o in message["observations"]]
            assert values == list(range(len(values)))
            with pytest.raises(ConnectionClosed) as closed:
                await ws.hear()
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 1013
            async with connected(server) as again:
                await again.ask(type="subscribe", dataset="gent/parking", after=message["resumeAfter"]["gent/parking"])
                assert await again.values(count - len(values)) == list(range(len(values), count))

    stage.run(story)


def test_a_stop_says_goodbye(stage: Stage) -> None:
    async def story(stage: Stage) -> None:
        async with stage.serving() as server, connected(server) as ws:
            await ws.ask(type="subscribe", dataset="gent/parking")
            server.hub.stop()
            with pytest.raises(ConnectionClosed) as closed:
                await ws.hear()
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 1001

    stage.run(story)
