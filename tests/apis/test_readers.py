"""Questions to the store from the event loop."""

import asyncio
import contextlib

import pytest

from apis.readers import Readers
from stadspuls.settings import Settings
from store.backends import open_reader


@pytest.mark.parametrize("steps", range(6))
@pytest.mark.parametrize("seconds", [None, 60.0])
def test_a_cancellation_that_meets_the_answer_is_not_lost(
    settings: Settings, steps: int, seconds: float | None
) -> None:
    readers = Readers(lambda: open_reader(settings), threads=1)

    async def ask_and_cancel() -> None:
        asking = asyncio.create_task(readers.ask(lambda _: 1, seconds))
        await asyncio.sleep(0)
        # The one thread has answered when it takes the next question; the loop hears of it in the steps that follow.
        readers._pool.submit(int).result(60)
        for _ in range(steps):
            await asyncio.sleep(0)
        asked = asking.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asking
        assert asking.cancelled() == asked

    try:
        asyncio.run(ask_and_cancel())
    finally:
        readers.close()
