"""Storing batches in a thread of its own, so that the next one is read and encoded while the store works."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from functools import partial
from threading import Event

from stadspuls.errors import StoreError
from stadspuls.logs import get_logger
from stadspuls.metrics import STORE_FAILURES, STORE_SECONDS, STORED
from store.protocol import StoreWriter
from store.sink_batch import Batch

FIRST_RETRY, LONGEST_RETRY = 0.1, 5.0
LONGEST_ASKED = 60.0
"""How long the store may ask to be left alone."""


class Storing:
    """Stores one batch after the other, in their order, at most one at a time."""

    def __init__(self, writer: StoreWriter, stop: Event) -> None:
        self._writer = writer
        self._stop = stop
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="storing")
        self._batch: Batch | None = None
        self._stored: Future[bool] | None = None
        self.halted = False
        """Whether the stop came before a batch was stored: none that follows may be stored or committed."""

    @property
    def under_way(self) -> bool:
        """Whether there is a batch that `finished` has not given back yet."""
        return self._batch is not None

    def begin(self, batch: Batch) -> None:
        """Encode a batch here, then store it in the thread; only when none is under way."""
        try:
            store = self._writer.prepare(batch.frames)
        except StoreError:
            # Told, and tried again, like any other failure.
            store = partial(self._writer.write, batch.frames)
        self._batch = batch
        self._stored = self._thread.submit(partial(self._store, batch, store))

    def finished(self, timeout: float | None) -> Batch | None:
        """The batch under way once it is stored; None while it is not, or when the stop came first."""
        if self._stored is None or not wait([self._stored], timeout).done:
            return None
        batch, self.halted = self._batch, not self._stored.result()
        self._batch = self._stored = None
        return None if self.halted else batch

    def close(self) -> None:
        """Wait for the thread, which a stop ends."""
        self._thread.shutdown()

    def _store(self, batch: Batch, store: Callable[[], None]) -> bool:
        """Store a batch, trying for ever; False when told to stop before the store took it."""
        seconds = FIRST_RETRY
        while batch.frames or batch.rejections:
            try:
                with STORE_SECONDS.time():
                    store()
                    self._writer.write_rejected(batch.rejections)
            except StoreError as error:
                STORE_FAILURES.inc()
                pause = max(seconds, min(error.retry_after or 0.0, LONGEST_ASKED))
                get_logger().error(
                    "the store did not take a batch; it is tried again",
                    offsets=batch.published_offsets,
                    frames=len(batch.frames),
                    seconds=pause,
                    why=str(error),
                )
                if self._stop.wait(pause):
                    return False
                seconds = min(2 * seconds, LONGEST_RETRY)
            else:
                for dataset, count in batch.count_by_dataset().items():
                    STORED.labels(dataset).inc(count)
                return True
        return True
