"""From messages to frames in the door's own outbox, and back to whoever waits until they are safe."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable

from ingest.frames import Collector, Frame, Ticket, size_of
from ingest.outbox import Outbox
from stadspuls.errors import Unavailable
from stadspuls.heartbeat import beat
from stadspuls.log import partition_of
from stadspuls.model import Message
from stadspuls.registry import Registry, Route
from stadspuls.settings import Settings

BYTES_IN_FLIGHT = 64 * 1024 * 1024
SAFE_SECONDS = 10.0
"""How long a sender waits; Kafka has 2 s of it, then the disk is asked."""
CLOSE_SECONDS = 5.0
_CHECK_SECONDS = 0.5


class Receiver:
    """Runs on one event loop; only `_stored` is called from other threads."""

    def __init__(self, settings: Settings, registry: Registry, safe_seconds: float = SAFE_SECONDS) -> None:
        """Open the outbox, with what an earlier door left in its spool.

        Raises:
            SpoolError: when the spool cannot be used.
        """
        self.failure: Exception | None = None
        self._partitions = settings.partitions
        self._in_flight = settings.in_flight
        self._safe_seconds = safe_seconds
        self._collector = Collector(settings, registry.version)
        self._timer: asyncio.TimerHandle | None = None
        self._waiting: dict[int, asyncio.Future[None]] = {}
        self._number = 0
        self._held = 0
        self._held_bytes = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._outbox = Outbox(settings, self._stored, settings.door_spool_dir, "door")

    def take_up(self, registry: Registry) -> None:
        """Go on with another registry; from any thread."""
        self._collector.registry_version = registry.version

    @contextlib.asynccontextmanager
    async def running(self, failed: Callable[[], None]) -> AsyncIterator[None]:
        """Receive while it lasts, then make everything safe; `failed` is called once when the outbox ends by itself."""
        self._loop = asyncio.get_running_loop()
        watch = asyncio.create_task(self._watch(failed))
        try:
            yield
        finally:
            watch.cancel()
            self._post(self._collector.flush())
            await asyncio.to_thread(self._outbox.close, CLOSE_SECONDS)

    async def receive(self, message: Message, route: Route) -> None:
        """Take a message and wait until it is safe: in Kafka, or on the disk.

        Raises:
            Unavailable: when there is no room, or it was not safe in time; it may become so yet.
        """
        if self.failure or self._held >= self._in_flight or self._held_bytes >= BYTES_IN_FLIGHT:
            raise Unavailable("too much waits to be safe; send it again later")
        self._number += 1
        number, safe = self._number, asyncio.get_running_loop().create_future()
        self._waiting[number] = safe
        self._held += 1
        self._held_bytes += size_of(message)
        partition = partition_of(route.dataset.name, self._partitions)
        self._post(self._collector.add(partition, message, Ticket(0, number), time.monotonic()))
        self._arm()
        try:
            async with asyncio.timeout(self._safe_seconds):
                await safe
        except TimeoutError:
            detail = f"not safe in {self._safe_seconds:g} s; send it again: a copy that names its time is dropped"
            raise Unavailable(detail) from None
        finally:
            self._waiting.pop(number, None)

    def _arm(self) -> None:
        """Have frames sent when they are due: one timer, for the first of them."""
        due = self._collector.next_due
        if self._timer is None and due is not None:
            self._timer = asyncio.get_running_loop().call_later(due - time.monotonic(), self._post_due)

    def _post_due(self) -> None:
        self._timer = None
        self._post(self._collector.due(time.monotonic()))
        # Also when nothing was due: a loop counts in milliseconds and may be early by one.
        self._arm()

    def _post(self, frames: list[Frame]) -> None:
        for frame in frames:
            self._outbox.put(frame)

    def _stored(self, frame: Frame) -> None:
        # At the very end the loop may be gone, and nobody waits.
        with contextlib.suppress(RuntimeError):
            if self._loop:
                self._loop.call_soon_threadsafe(self._tell, frame)

    def _tell(self, frame: Frame) -> None:
        self._held -= frame.messages
        self._held_bytes -= frame.size
        for ticket in frame.tickets:
            safe = self._waiting.pop(ticket.packet_id, None)
            if safe and not safe.done():
                safe.set_result(None)

    async def _watch(self, failed: Callable[[], None]) -> None:
        while True:
            await asyncio.sleep(_CHECK_SECONDS)
            try:
                self._outbox.check()
                beat()
            except Exception as error:  # told by whoever runs the door
                self.failure = error
                failed()
                return
