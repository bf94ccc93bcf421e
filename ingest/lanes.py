"""Frames that are not safe yet, one lane a partition: where the MQTT session, the disk and Kafka meet.

A lane's order is that of its numbers: first what lies in the spool, then what waits in memory. A frame leaves memory
once it is safe, and is sent only after Kafka has answered for the one before it.
"""

import threading
import time
from collections import deque
from collections.abc import Callable

from ingest.frames import Frame, Outgoing
from ingest.spool import Spool


class Lanes:
    """Any thread may call it; `change` is notified of everything that may be work for one of them."""

    def __init__(self, spool: Spool, partitions: int, stored: Callable[[Frame], None]) -> None:
        """Begin with what the spool holds; `stored` gets every frame that is safe, in order of its partition."""
        self.change = threading.Condition()
        self.leaving = False
        """Nobody waits for anything any more."""
        self._spool = spool
        self._stored = stored
        self._waiting: list[deque[Frame]] = [deque() for _ in range(partitions)]
        self._number = spool.newest
        self._answered = [spool.handed_on(partition) for partition in range(partitions)]
        # A mark may outlive the frames it speaks of.
        self._newest = [max(spool.last(partition), done) for partition, done in enumerate(self._answered)]

    def put(self, frame: Frame) -> None:
        """Take a frame, without waiting."""
        with self.change:
            self._number += 1
            frame.number = self._newest[frame.partition] = self._number
            frame.since = time.monotonic()
            self._waiting[frame.partition].append(frame)
            self.change.notify_all()

    def leave(self) -> None:
        """Tell every thread to end."""
        self.leaving = True
        self.wake()

    def wake(self) -> None:
        """Make every thread look again."""
        with self.change:
            self.change.notify_all()

    @property
    def all_safe(self) -> bool:
        """Whether no frame would be lost with the memory."""
        return not any(self._waiting)

    @property
    def all_sent(self) -> bool:
        """Whether Kafka has answered for every frame."""
        return self._newest == self._answered

    def unsent(self, partition: int) -> bool:
        """Whether there is a frame that Kafka has not answered for."""
        return self._newest[partition] > self._answered[partition]

    def next(self, partition: int) -> Outgoing | None:
        """The first frame that Kafka has not answered for."""
        answered = self._answered[partition]
        # First memory, then disk: a frame that moves to the disk in between is seen there.
        with self.change:
            newest = self._newest[partition]
            waiting = next((frame for frame in self._waiting[partition] if frame.number > answered), None)
        spooled = self._spool.first_after(partition, answered)
        if spooled and (waiting is None or spooled.number <= waiting.number):
            return spooled
        if waiting:
            return Outgoing(waiting.number, waiting.timestamp_ms, waiting.record)
        # What was left in the spool has gone bad; it has been counted and kept aside.
        self.answered(partition, newest)
        return None

    def answered(self, partition: int, number: int) -> None:
        """Kafka has everything up to this number."""
        with self.change:
            self._answered[partition] = max(self._answered[partition], number)
            self.change.notify_all()

    def send_again(self) -> None:
        """Send again what has not been handed on: Kafka has forgotten it."""
        for partition in range(len(self._answered)):
            self._answered[partition] = self._spool.handed_on(partition)

    def safe(self, partition: int, number: int) -> None:
        """Everything up to this number outlasts the loss of the memory."""
        frames = []
        with self.change:
            waiting = self._waiting[partition]
            while waiting and waiting[0].number <= number:
                frames.append(waiting.popleft())
            self.change.notify_all()
        for frame in frames:
            self._stored(frame)

    def due(self, patience: float) -> list[Frame]:
        """The frames that belong in the spool now: of lanes whose first has waited so long, or that lie there already.

        Where older frames of a lane wait in the spool, those behind them would wait in memory for nothing.
        """
        latest = time.monotonic() - patience
        found: list[Frame] = []
        for partition, waiting in enumerate(self._waiting):
            if waiting and (waiting[0].since <= latest or self._spool.last(partition) > self._answered[partition]):
                found += waiting
        return found

    def seconds_until_due(self, patience: float, longest: float) -> float:
        """How long nothing becomes due by itself, at most `longest`."""
        first = min((waiting[0].since for waiting in self._waiting if waiting), default=None)
        return longest if first is None else max(0.0, min(longest, first + patience - time.monotonic()))
