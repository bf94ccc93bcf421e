"""Kafka in memory, a store, and API servers on real sockets in the loop of the test."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import uvicorn
from fastapi import FastAPI

from apis.app import create_app
from apis.context import Context
from apis.events.hub import Hub
from apis.live import LiveState
from apis.readers import Readers
from apis.service import server_config
from stadspuls.log import ObservationFrame
from stadspuls.model import Observation
from stadspuls.registry import Registry
from stadspuls.settings import Settings
from store.backends import open_reader, open_writer
from tests.apis.conftest import Made
from tests.apis.kafka import Kafka

DATASET = "gent/parking"


@dataclass
class Server:
    """One API process, as far as this test is concerned."""

    app: FastAPI
    live: LiveState
    hub: Hub
    port: int


class Stage:
    """What streams and the sink would do, and servers that follow it."""

    def __init__(self, settings: Settings, registry: Registry, kafka: Kafka) -> None:
        self.settings = settings.model_copy(update={"kafka_bootstrap": kafka.address})
        self.registry = registry
        self.kafka = kafka
        self.made = Made(registry)
        self._source = 0

    def one(self, value: float, at: int, sensor: str = "P1", name: str = "vacantSpaces") -> Observation:
        return self.made.one(DATASET, sensor, name, value, at)

    def publish(self, *observations: Observation) -> None:
        """One frame on the log."""
        self.kafka.publish(self._source, observations)
        self._source += 1

    def store(self, *observations: Observation) -> None:
        """What the sink does with a frame: store it, then commit behind it (here as if all before were stored)."""
        with_writer(self.settings, [observations])

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[Server]:
        """A server that follows the log, until the block ends."""
        readers = Readers(lambda: open_reader(self.settings))
        live = LiveState(self.settings, self.registry, readers)
        app = create_app(self.settings, self.registry, readers, live)
        context: Context = app.state.context
        listener = socket.create_server(("127.0.0.1", 0), backlog=2048)
        server = uvicorn.Server(server_config(self.settings, app))
        running = asyncio.create_task(server._serve([listener]))
        try:
            await eventually(lambda: server.started and live.trouble is None and live.memory.known)
            yield Server(app, live, context.hub, listener.getsockname()[1])
        finally:
            context.hub.stop()
            server.should_exit = True
            await running
            listener.close()

    def run(self, story: Callable[["Stage"], Awaitable[None]]) -> None:
        asyncio.run(_told(story(self)))


async def _told(story: Awaitable[None]) -> None:
    """A story leaves no task behind."""
    await story
    await asyncio.sleep(0)
    left = {task for task in asyncio.all_tasks() if task is not asyncio.current_task()}
    assert not left, left


def serving_tasks() -> list[str]:
    """Tasks that serve a client; one for each open answer, and one that hears what it says."""
    names = [getattr(task.get_coro(), "__qualname__", "") for task in asyncio.all_tasks()]
    return [name for name in names if name.endswith(("run_asgi", "_until_gone", "_Session.listen"))]


def with_writer(settings: Settings, frames: Sequence[Sequence[Observation]]) -> None:
    writer = open_writer(settings)
    writer.write([ObservationFrame(0, 0, 1, "", list(some)) for some in frames])
    writer.close()


async def eventually(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "did not happen in time"
        await asyncio.sleep(0.01)
