"""Who waits until a message is safe, and what they are told."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from ingest.door import receiving
from ingest.door.receiving import Receiver
from ingest.frames import Frame
from stadspuls.errors import Unavailable
from stadspuls.log import decode_messages, partition_of
from stadspuls.model import Message
from stadspuls.registry import Registry
from stadspuls.settings import load_settings
from tests.deploy.brokers import DEADLINE
from tests.streams.small_city import small_registry

TOPIC = "gent/parking/P1"


class FakeOutbox:
    """Makes frames safe when it is told to."""

    made: "FakeOutbox"

    def __init__(self, _settings: object, stored: Callable[[Frame], None], folder: Path, name: str) -> None:
        self.frames: list[Frame] = []
        self.closed = False
        self.ended: Exception | None = None
        self.at_once = False
        self.place = (folder.name, name)
        self._stored = stored
        FakeOutbox.made = self

    def put(self, frame: Frame) -> None:
        self.frames.append(frame)
        if self.at_once:
            self.make_safe(frame)

    def make_safe(self, frame: Frame) -> None:
        """On another thread, as the outbox does."""
        thread = threading.Thread(target=self._stored, args=(frame,))
        thread.start()
        thread.join()

    def check(self) -> None:
        if self.ended:
            raise self.ended

    def close(self, _timeout: float) -> None:
        self.closed = True


@pytest.fixture(autouse=True)
def outbox(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receiving, "Outbox", FakeOutbox)
    monkeypatch.setattr(receiving, "_CHECK_SECONDS", 0.01)


REGISTRY: Registry = small_registry()


def run(act: Callable[[Receiver], Coroutine[Any, Any, None]], safe_seconds: float = DEADLINE, **settings: Any) -> None:
    async def go() -> None:
        receiver = Receiver(load_settings(None, **settings), REGISTRY, safe_seconds)
        async with receiver.running(lambda: None):
            await act(receiver)

    asyncio.run(go())


async def send(receiver: Receiver, number: int = 0) -> None:
    route = REGISTRY.route(TOPIC)
    assert route is not None
    await receiver.receive(Message(TOPIC, b"%d" % number, 1_767_600_000_000_000), route)


async def frames(count: int) -> list[Frame]:
    async with asyncio.timeout(DEADLINE):
        while len(FakeOutbox.made.frames) < count:  # noqa: ASYNC110 - a thread fills it
            await asyncio.sleep(0.001)
    return FakeOutbox.made.frames


def test_it_is_told_once_the_frame_is_safe_and_not_before() -> None:
    async def act(receiver: Receiver) -> None:
        sending = asyncio.create_task(send(receiver))
        [frame] = await frames(1)
        await asyncio.sleep(0.02)
        assert not sending.done()
        FakeOutbox.made.make_safe(frame)
        await asyncio.wait_for(sending, DEADLINE)
        assert frame.partition == partition_of("gent/parking", 4)

    run(act)
    assert FakeOutbox.made.place == ("door-spool", "door")
    assert FakeOutbox.made.closed


def test_messages_that_come_together_share_a_frame_in_their_order() -> None:
    async def act(receiver: Receiver) -> None:
        FakeOutbox.made.at_once = True
        await asyncio.gather(*(send(receiver, number) for number in range(20)))
        [frame] = FakeOutbox.made.frames
        assert [m.payload for m in decode_messages(frame.record).messages] == [b"%d" % number for number in range(20)]

    run(act)


def test_a_timer_that_comes_early_leaves_no_message_behind() -> None:
    async def act(receiver: Receiver) -> None:
        FakeOutbox.made.at_once = True
        sending = asyncio.create_task(send(receiver))
        await asyncio.sleep(0)
        assert receiver._timer is not None
        receiver._timer.cancel()
        receiver._post_due()
        assert FakeOutbox.made.frames == []
        await asyncio.wait_for(sending, DEADLINE)

    run(act)


def test_what_is_not_safe_in_time_is_not_accepted() -> None:
    async def act(receiver: Receiver) -> None:
        with pytest.raises(Unavailable, match=r"not safe in 0\.05 s"):
            await send(receiver)
        [frame] = await frames(1)
        FakeOutbox.made.make_safe(frame)
        FakeOutbox.made.at_once = True
        receiver._safe_seconds = DEADLINE
        await send(receiver)

    run(act, safe_seconds=0.05, frame_wait=0.01)


def test_it_takes_no_more_than_it_may_hold() -> None:
    async def act(receiver: Receiver) -> None:
        first = [asyncio.create_task(send(receiver)) for _ in range(3)]
        [frame] = await frames(1)
        with pytest.raises(Unavailable, match="too much waits"):
            await send(receiver)
        FakeOutbox.made.make_safe(frame)
        await asyncio.gather(*first)
        FakeOutbox.made.at_once = True
        await send(receiver)

    run(act, in_flight=3)


def test_an_outbox_that_ends_is_told_and_nothing_more_is_taken() -> None:
    async def go() -> None:
        told = asyncio.Event()
        receiver = Receiver(load_settings(None), REGISTRY)
        async with receiver.running(told.set):
            FakeOutbox.made.ended = ZeroDivisionError("the disk")
            await asyncio.wait_for(told.wait(), DEADLINE)
            with pytest.raises(Unavailable):
                await send(receiver)
        assert isinstance(receiver.failure, ZeroDivisionError)

    asyncio.run(go())


def test_what_waits_for_company_goes_out_at_the_end() -> None:
    async def act(receiver: Receiver) -> None:
        waiting = asyncio.create_task(send(receiver))
        await asyncio.sleep(0)
        waiting.cancel()

    run(act, frame_wait=5)
    assert len(FakeOutbox.made.frames) == 1
