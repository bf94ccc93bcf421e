"""Where frames become safe and reach Kafka: lanes in memory, a thread for the disk, a thread for Kafka.

In the real profile a frame goes to Kafka, and to the spool when Kafka does not answer soon. In the embedded profile
each goes to both, and stays in the spool until the sink has stored it.
"""

import time
from collections.abc import Callable
from pathlib import Path

from ingest.frames import Frame
from ingest.lanes import Lanes
from ingest.sender import Sender
from ingest.spool import Spool
from ingest.spooling import Spooler
from stadspuls.settings import Profile, Settings

SLOW_SECONDS = 2.0
"""How long Kafka may take for an answer before frames go to the spool."""
_SEND_SECONDS = 1.0
"""How long Kafka may take at the end for what lies in the spool: it can wait for the next start."""
_END_SECONDS = 1.0
"""How long a thread may take to notice that it should end; one that Kafka or the disk holds ends with the process."""


class Outbox:
    """Takes frames and gives each back once it is safe, in order of its partition."""

    def __init__(
        self,
        settings: Settings,
        stored: Callable[[Frame], None],
        spool_dir: Path | None = None,
        name: str = "bridge",
    ) -> None:
        """Begin with what an earlier one left in the spool.

        Args:
            settings: where Kafka is, how large the spool may be.
            stored: gets every safe frame, on threads of the outbox.
            spool_dir: its folder; None: the bridge's. One process has a folder.
            name: what metrics call the spool.

        Raises:
            SpoolError: when the spool cannot be used.
        """
        spool = Spool(spool_dir or settings.spool_dir, settings.spool_bytes, settings.partitions)
        self._lanes = Lanes(spool, settings.partitions, stored)
        patience = 0 if settings.profile is Profile.EMBEDDED else SLOW_SECONDS
        self._spooler = Spooler(self._lanes, spool, patience, name)
        self._sender = Sender(settings, self._lanes, spool)

    def put(self, frame: Frame) -> None:
        """Take a frame, without waiting."""
        self._lanes.put(frame)

    def check(self) -> None:
        """Raise what ended a thread, if anything did."""
        for thread in (self._sender, self._spooler):
            if thread.ended:
                raise thread.ended

    def close(self, timeout: float) -> None:
        """Wait until every frame is safe, at most `timeout` seconds, give Kafka a moment for the rest, and end."""
        deadline = time.monotonic() + timeout
        lanes = self._lanes
        with lanes.change:
            lanes.change.wait_for(lambda: lanes.all_safe or self._broken, timeout)
            lanes.change.wait_for(
                lambda: lanes.all_sent or self._broken, min(_SEND_SECONDS, deadline - time.monotonic())
            )
        lanes.leave()
        self._sender.join(_END_SECONDS)
        self._spooler.join(_END_SECONDS)

    @property
    def _broken(self) -> bool:
        return bool(self._sender.ended or self._spooler.ended)
