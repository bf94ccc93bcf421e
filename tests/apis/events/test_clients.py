"""Clients that vanish, do not read, or are too many; and a server that stops."""

import asyncio
import json
import resource
import socket

import pytest
import uvicorn
from prometheus_client import REGISTRY

from apis.events.reader import Ending, Kind, Reader
from apis.selection import Selection
from apis.service import UNREAD_MS, _allow_files, _listener
from stadspuls.clock import SECOND, now_us
from stadspuls.model import Observation
from tests.apis.conftest import T0
from tests.apis.events.conftest import Impatient
from tests.apis.events.stage import DATASET, Server, Stage, eventually, serving_tasks
from tests.apis.events.streams import SseParser, SseStream, sse

PATH = "/gent/parking/events"


def dropped(reason: str) -> float:
    return REGISTRY.get_sample_value("stadspuls_subscribers_dropped_total", {"reason": reason}) or 0.0


def many(stage: Stage, first: int, count: int) -> list[Observation]:
    return [stage.one(float(n), T0 + n * SECOND) for n in range(first, first + count)]


def test_a_client_that_leaves_is_forgotten_also_when_nothing_is_sent(stage: Stage) -> None:
    async def story(stage: Stage) -> None:
        async with stage.serving() as server:
            async with sse(server.port, PATH), sse(server.port, "/events"):
                await eventually(lambda: len(server.hub) == 2)
                assert len(serving_tasks()) == 4
            await eventually(lambda: len(server.hub) == 0 and not serving_tasks())
            assert not any(server.hub._followers.values())

    stage.run(story)


def test_a_hundred_clients_that_come_and_go_leave_nothing_behind(stage: Stage) -> None:
    async def story(stage: Stage) -> None:
        async with stage.serving() as server:
            for n in range(10):
                async with asyncio.TaskGroup() as group:
                    for _ in range(10):
                        group.create_task(_come_and_go(server.port))
                stage.publish(stage.one(float(n), T0 + n * SECOND))
            await eventually(lambda: len(server.hub) == 0 and not serving_tasks())

    async def _come_and_go(port: int) -> None:
        async with sse(port, PATH) as stream:
            await stream.more()

    stage.run(story)


class Deaf:
    """A client that asks, and then does not read."""

    def __init__(self, port: int, path: str = PATH) -> None:
        self.socket = socket.socket()
        self.socket.setblocking(False)
        self._port, self._path = port, path
        self.parser = SseParser()

    async def ask(self) -> None:
        loop = asyncio.get_running_loop()
        await loop.sock_connect(self.socket, ("127.0.0.1", self._port))
        await loop.sock_sendall(self.socket, f"GET {self._path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())

    async def read_to_the_end(self) -> bytes:
        """What was on its way; ends with the answer's last chunk."""
        loop, received = asyncio.get_running_loop(), b""
        async with asyncio.timeout(60):
            while not received.endswith(b"0\r\n\r\n"):
                some = await loop.sock_recv(self.socket, 65536)
                assert some, "cut off"
                received += some
        return unchunked(received.partition(b"\r\n\r\n")[2])


def unchunked(body: bytes) -> bytes:
    whole = b""
    while body:
        size, _, body = body.partition(b"\r\n")
        whole, body = whole + body[: int(size, 16)], body[int(size, 16) + 2 :]
    return whole


async def flood(stage: Stage, server: Server, reader: Reader) -> int:
    """Publish until a subscriber takes nothing more; how many observations that took.

    Each frame is in the server before the next is published, so that neither Kafka nor memory loses one.
    """
    count = writes = 0
    while not (reader.sending and reader.writes == writes):
        writes = reader.writes
        frame = many(stage, count, 500)
        stage.publish(*frame)
        count += len(frame)
        assert count < 100_000, "nobody was stuck"
        await eventually(lambda last=frame[-1].published_at: server.live.memory.feeds[DATASET].head == last)  # type: ignore[misc]
        await asyncio.sleep(0)
    return count


async def only_subscriber(server: Server) -> Reader:
    await eventually(lambda: len(server.hub) == 1)
    (reader,) = server.hub._subscribers
    return reader


def test_a_client_that_does_not_read_is_told_and_can_go_on_without_loss(stage: Stage, impatient: Impatient) -> None:
    before = dropped("slow")

    async def story(stage: Stage) -> None:
        async with stage.serving() as server:
            deaf = Deaf(server.port)
            await deaf.ask()
            reader = await only_subscriber(server)
            async with sse(server.port, PATH) as healthy:
                await eventually(lambda: len(server.hub) == 2)
                hearing = asyncio.create_task(healthy_values(healthy))
                count = await flood(stage, server, reader)
                await eventually(lambda: not any(r.sending for r in server.hub._subscribers if r is not reader))
                with impatient():
                    await eventually(lambda: len(server.hub) == 1)
                stage.publish(stage.one(-1.0, T0 + count * SECOND))
                assert await hearing == list(range(count))
            assert dropped("slow") == before + 1
            events = deaf.parser.feed(await deaf.read_to_the_end())
            deaf.socket.close()
            *seen, last = [event for event in events if event.name != "stale"]
            assert last.name == "slow"
            assert last.data["resumeAfter"] == {"gent/parking": deaf.parser.last_id}
            assert [e.data["value"] for e in seen] == list(range(len(seen)))
            async with sse(server.port, PATH, Last_Event_ID=deaf.parser.last_id) as stream:
                rest = [e.data["value"] for e in await stream.observations(count - len(seen))]
            assert rest == list(range(len(seen), count))

    async def healthy_values(healthy: SseStream) -> list[float]:
        """Everything until the value that nothing else has."""
        values: list[float] = []
        while not values or values[-1] != -1:
            values.append((await healthy.observation()).data["value"])
        return values[:-1]

    stage.run(story)


def test_a_client_that_never_reads_again_is_cut_off(
    stage: Stage, impatient: Impatient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apis.events.sse.LAST_WORDS_SECONDS", 0.2)

    async def story(stage: Stage) -> None:
        async with stage.serving() as server:
            deaf = Deaf(server.port)
            await deaf.ask()
            await flood(stage, server, await only_subscriber(server))
            with impatient():
                await eventually(lambda: len(server.hub) == 0 and not serving_tasks())
            deaf.socket.close()

    stage.run(story)


def test_a_client_that_was_level_and_falls_far_behind_is_let_go(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("apis.events.hub.BEHIND_SECONDS", 30.0)

    async def story(stage: Stage) -> None:
        dataset = stage.registry.datasets["gent/parking"]
        async with stage.serving() as server:
            level, late = server.hub.open(Kind.SSE), server.hub.open(Kind.SSE)
            # One resumes from long ago: it is behind, but never kept up, so it is left to catch up.
            stage.publish(stage.one(1.0, T0))
            await eventually(lambda: server.hub.head(dataset) > 0)
            server.hub.follow(level, dataset, Selection(), 0)
            server.hub.follow(late, dataset, Selection(), 0)
            assert await level.next()
            # The registry's clock is of another year: what waits now was published long ago.
            stage.publish(stage.one(2.0, T0 + SECOND))
            await eventually(lambda: level.ending is Ending.SLOW)
            assert late.ending is None
            for reader in (level, late):
                server.hub.close(reader)

    stage.run(story)


def test_who_comes_when_there_is_no_room_is_told_to_try_later(stage: Stage) -> None:
    stage.settings = stage.settings.model_copy(update={"live_subscribers": 2})

    async def story(stage: Stage) -> None:
        async with stage.serving() as server:
            async with sse(server.port, PATH), sse(server.port, "/events"):
                await eventually(lambda: len(server.hub) == 2)
                async with sse(server.port, PATH) as third:
                    assert third.status == 503
                    assert third.headers["retry-after"]
                    assert json.loads(third.body)["code"] == "unavailable"
            await eventually(lambda: len(server.hub) == 0)
            async with sse(server.port, PATH) as stream:
                assert stream.status == 200

    stage.run(story)


def test_a_stop_ends_every_stream_at_once(stage: Stage) -> None:
    async def story(stage: Stage) -> None:
        async with stage.serving() as server, sse(server.port, PATH) as one, sse(server.port, "/events") as two:
            await eventually(lambda: len(server.hub) == 2)
            server.hub.stop()
            assert [e.name for e in await one.rest() if e.name != "stale"] == []
            assert [e.name for e in await two.rest() if e.name != "stale"] == ["snapshot"]
            async with sse(server.port, PATH) as late:
                assert late.status == 503

    stage.run(story)


def test_subscribers_are_counted_by_kind(stage: Stage) -> None:
    def count(kind: str) -> float:
        return REGISTRY.get_sample_value("stadspuls_subscribers", {"kind": kind}) or 0.0

    async def story(stage: Stage) -> None:
        async with stage.serving() as server:
            async with sse(server.port, PATH), sse(server.port, PATH), sse(server.port, "/events"):
                await eventually(lambda: (count("sse"), count("sse-area")) == (2, 1))
            await eventually(lambda: (count("sse"), count("sse-area")) == (0, 0))

    stage.run(story)


@pytest.mark.skipif(not hasattr(socket, "TCP_USER_TIMEOUT"), reason="this system cannot say it of a socket")
def test_connections_end_when_nobody_takes_what_was_sent(stage: Stage) -> None:
    config = uvicorn.Config(stage, port=0, log_config=None)  # type: ignore[arg-type]
    with _listener(config) as listener:
        listener.listen()
        with socket.create_connection(listener.getsockname()):
            accepted, _ = listener.accept()
            with accepted:
                assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == UNREAD_MS


def test_the_limit_of_open_files_is_raised_as_far_as_it_may(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[int, tuple[int, int]]] = []
    monkeypatch.setattr("resource.setrlimit", lambda what, limits: asked.append((what, limits)))
    for now, most, expected in (
        (256, 4096, (4096, 4096)),
        (256, resource.RLIM_INFINITY, (5500, resource.RLIM_INFINITY)),
    ):
        monkeypatch.setattr("resource.getrlimit", lambda _, now=now, most=most: (now, most))
        _allow_files(5500)
        assert asked.pop() == (resource.RLIMIT_NOFILE, expected)
    monkeypatch.setattr("resource.getrlimit", lambda _: (65536, 65536))
    _allow_files(5500)
    assert asked == []


def test_a_client_that_was_quiet_for_long_has_as_much_time_for_a_write_as_any(stage: Stage) -> None:
    async def story(stage: Stage) -> None:
        async with stage.serving() as server:
            hub = server.hub
            reader = hub.open(Kind.WEBSOCKET)
            began, now = hub._subscribers[reader].since, now_us()
            # Nothing is published for an hour; then a large frame is on its way to a slow phone.
            hub._look_at(reader, began + 3600, now)
            reader.sending = True
            hub._look_at(reader, began + 3601, now)
            hub._look_at(reader, began + 3600 + 10, now)
            reader.writes += 1
            hub._look_at(reader, began + 3600 + 20, now)
            hub._look_at(reader, began + 3600 + 30, now)
            assert reader.ending is None
            hub._look_at(reader, began + 3600 + 36, now)
            assert reader.ending is Ending.SLOW
            hub.close(reader)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("apis.events.hub.STUCK_SECONDS", 15.0)
        stage.run(story)
