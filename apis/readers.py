"""Asks the store from a few threads, so that a slow question never holds up the event loop."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from stadspuls.errors import StoreError, Unavailable
from store import StoreReader

Answer = TypeVar("Answer")

THREADS = 4
ANSWER_SECONDS = 15.0
"""A client that waited this long has better news in a 503 than in silence."""
MOST_WAITING = 200
"""Questions that may wait at once; more would only wait past `ANSWER_SECONDS`."""


class Readers:
    """A pool of store readers, one for each thread, opened when first asked."""

    def __init__(self, open_reader: Callable[[], StoreReader], threads: int = THREADS) -> None:
        self._open = open_reader
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="store-reader")
        self._mine = threading.local()
        self._opened: set[StoreReader] = set()
        self._waiting = 0

    async def ask(self, question: Callable[[StoreReader], Answer], seconds: float | None = ANSWER_SECONDS) -> Answer:
        """The answer to `question`, which is called with a reader in another thread.

        Raises:
            Unavailable: when the store refuses, does not answer in time, or too many questions wait already.
        """
        if self._waiting >= MOST_WAITING:
            raise Unavailable("the store is asked more than it can answer; try again in a moment")
        self._waiting += 1
        try:
            # Not `wait_for`: until Python 3.12 it loses a cancellation that meets the answer.
            async with asyncio.timeout(seconds):
                return await asyncio.get_running_loop().run_in_executor(self._pool, self._answer, question)
        except StoreError as error:
            raise Unavailable("the store does not answer") from error
        except TimeoutError as error:
            raise Unavailable("the store did not answer in time; ask for less at once") from error
        finally:
            self._waiting -= 1

    def close(self) -> None:
        """Wait for running questions and give back every reader."""
        self._pool.shutdown(cancel_futures=True)
        for reader in self._opened:
            reader.close()
        self._opened.clear()

    def _answer(self, question: Callable[[StoreReader], Answer]) -> Answer:
        reader: StoreReader | None = getattr(self._mine, "reader", None)
        if reader is None:
            reader = self._mine.reader = self._open()
            self._opened.add(reader)
        try:
            return question(reader)
        except StoreError:
            # A fresh reader may succeed where this one lost its connection or file.
            self._mine.reader = None
            self._opened.discard(reader)
            reader.close()
            raise
