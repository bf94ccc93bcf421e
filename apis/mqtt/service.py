"""The publisher's process."""

import asyncio
import logging
import threading
import time

from apis.access import gives_observations, visible_datasets
from apis.live import LiveState, Memory
from apis.mqtt.board import Board
from apis.mqtt.session import Session
from apis.readers import Readers
from stadspuls.heartbeat import beat
from stadspuls.metrics import PUBLISHER_SITES, PUBLISHER_WAIT
from stadspuls.public_broker import read_access
from stadspuls.registry import Registry
from stadspuls.settings import Settings
from store.backends import open_reader

LOOK_SECONDS = 0.2
"""Between two looks at the latest values, of which each takes 5 ms for a thousand sites that change."""
SETTLED_SECONDS = 60.0
"""Of following the log and being connected: what an earlier publisher had read must have come by then."""


def run_publisher(settings: Settings, registry: Registry, stop: threading.Event) -> None:
    """Keep every public site's latest values at the public MQTT broker until told to stop."""
    # aiokafka tells every failed attempt; the live state tells once, and again when it changes.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    readers = Readers(lambda: open_reader(settings), threads=1)
    try:
        asyncio.run(Publisher(settings, registry, readers).run(stop))
    finally:
        readers.close()


class Publisher:
    """Looks at the latest values, and sends what has changed."""

    def __init__(self, settings: Settings, registry: Registry, readers: Readers) -> None:
        # Nobody resumes here: none of the log need be kept.
        self._live = LiveState(settings, registry, readers, Memory([]))
        self._names = [dataset.name for dataset in visible_datasets(registry) if gives_observations(dataset)]
        self._board = Board([registry.datasets[name] for name in self._names], settings.base_url, time.monotonic)
        self._session = Session(lambda: read_access(settings), self._board)

    async def run(self, stop: threading.Event) -> None:
        """Publish until told to stop; a broker, a Kafka or a store that is away is waited for."""
        try:
            async with self._live.following():
                while not stop.is_set():
                    await self._turn()
                    await asyncio.sleep(LOOK_SECONDS)
        finally:
            self._session.close()

    async def _turn(self) -> None:
        if not self._live.loaded:
            # Nothing may be taken away while nobody knows what there is.
            return
        for name in self._names:
            self._board.look(name, self._live.of(name))
        await self._session.step()
        up_for = self._session.up_for
        if up_for is not None and up_for >= SETTLED_SECONDS and self._live.trouble is None:
            self._board.release()
        self._session.send_due()
        if up_for is not None:
            beat()
        PUBLISHER_SITES.set(self._board.messages)
        PUBLISHER_WAIT.set(self._board.waited)
