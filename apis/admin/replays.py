"""Replays that the API has begun: one at a time, followed in a thread until everything is stored and marked."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from threading import Event

from stadspuls.errors import LogError, TooManyRequests, Unavailable
from stadspuls.logs import get_logger
from stadspuls.registry import Registry
from stadspuls.replaying import Replayer, Selection
from stadspuls.settings import Settings

_AGAIN_SECONDS = 5.0
"""When to ask again while another replay is under way."""


class Replays:
    """Runs on one event loop, which ends its replay when it ends itself: what is not marked then can be repeated."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._stop = Event()
        self._task: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Replays can begin while the block lasts."""
        try:
            yield
        finally:
            self._stop.set()
            if self._task is not None:
                await self._task

    async def begin(self, selection: Selection, registry: Registry) -> None:
        """Begin to replay; returns once Kafka answers.

        Raises:
            TooManyRequests: when another one is under way.
            Unavailable: when Kafka does not answer.
        """
        if self._task is not None and not self._task.done():
            raise TooManyRequests("another replay is under way", _AGAIN_SECONDS)
        loop = asyncio.get_running_loop()
        connected = asyncio.Event()
        work = partial(self._replay, selection, registry, lambda: loop.call_soon_threadsafe(connected.set))
        self._task = asyncio.create_task(asyncio.to_thread(work), name="replay")
        first = asyncio.create_task(connected.wait())
        await asyncio.wait({self._task, first}, return_when=asyncio.FIRST_COMPLETED)
        if not first.done():
            first.cancel()
            raise Unavailable("Kafka does not answer")

    def _replay(self, selection: Selection, registry: Registry, connected: Callable[[], object]) -> None:
        try:
            with Replayer(self._settings, registry, self._stop) as replayer:
                connected()
                result = replayer.replay(selection.messages)
        except LogError as error:
            get_logger().error("a replay ended early", why=str(error))
            return
        get_logger().info(
            "replayed",
            messages=len(selection.messages),
            stored=result.stored,
            published=result.published,
            rejected={str(reason): count for reason, count in result.rejected.items()},
        )
