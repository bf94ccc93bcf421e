"""The thread that writes to the spool: all frames that are due with one sync, then those are safe."""

import threading
import time

from ingest.frames import Frame
from ingest.lanes import Lanes
from ingest.spool import Spool
from stadspuls.clock import now_us
from stadspuls.logs import get_logger
from stadspuls.metrics import SPOOL_AGE, SPOOL_BLOCKED, SPOOL_BYTES, SPOOLED

_TIDY_SECONDS = 0.5
"""How often marks are written, files removed and figures shown; also how soon a full disk is tried again."""

_log = get_logger()


class Spooler:
    """Owns the writing side of a spool.

    Args:
        lanes: where the frames come from.
        spool: where they go.
        patience: seconds a frame may wait for Kafka before it goes to the disk; 0: every frame goes there.
        name: what metrics call the spool.
    """

    def __init__(self, lanes: Lanes, spool: Spool, patience: float, name: str) -> None:
        self.ended: Exception | None = None
        self._lanes = lanes
        self._spool = spool
        self._patience = patience
        self._bytes, self._age, self._blocked = (g.labels(name) for g in (SPOOL_BYTES, SPOOL_AGE, SPOOL_BLOCKED))
        self._refusal: str | None = None
        self._spooling = not lanes.all_sent
        self._tidied = 0.0
        self._thread = threading.Thread(target=self._run, name="spool", daemon=True)
        self._thread.start()

    def join(self, timeout: float) -> None:
        """After `lanes.leave`: wait for what is being written, and close the spool."""
        self._thread.join(timeout)
        if not self._thread.is_alive():
            self._spool.close()

    def _run(self) -> None:
        try:
            while not self._lanes.leaving:
                self._turn()
        except Exception as error:  # the owner's thread raises it
            self.ended = error
            self._lanes.wake()

    def _turn(self) -> None:
        lanes = self._lanes
        with lanes.change:
            if self._refusal:
                lanes.change.wait_for(lambda: lanes.leaving, _TIDY_SECONDS)
            else:
                wait = lanes.seconds_until_due(self._patience, _TIDY_SECONDS)
                lanes.change.wait_for(lambda: lanes.leaving or lanes.due(self._patience), wait)
            frames = lanes.due(self._patience)
        if frames:
            self._append(frames)
        elif self._refusal:
            self._tell(None)
        if time.monotonic() - self._tidied >= _TIDY_SECONDS:
            self._tidied = time.monotonic()
            self._spool.tidy()
            self._show()

    def _append(self, frames: list[Frame]) -> None:
        appended = self._spool.append(frames)
        SPOOLED.inc(appended.safe)
        for partition, number in {frame.partition: frame.number for frame in frames[: appended.safe]}.items():
            self._lanes.safe(partition, number)
        if self._patience and not self._spooling:
            self._spooling = True
            _log.warning("kafka is slow or away: frames go to the spool")
        self._tell(appended.refusal)

    def _tell(self, refusal: str | None) -> None:
        if refusal and not self._refusal:
            _log.error("the spool takes no more frames; senders keep what comes", why=refusal)
        elif self._refusal and not refusal:
            _log.info("the spool refuses nothing any more")
        self._refusal = refusal
        self._blocked.set(bool(refusal))

    def _show(self) -> None:
        oldest = self._spool.oldest_ms()
        # Also while nothing was ever refused: a spool that was blocked when its process died says that it is not.
        self._blocked.set(bool(self._refusal))
        self._bytes.set(self._spool.size)
        self._age.set(max(0.0, now_us() / 1e6 - oldest / 1e3) if oldest is not None else 0)
        if oldest is None and self._spooling and self._patience:
            self._spooling = False
            _log.info("everything in the spool has been sent")
