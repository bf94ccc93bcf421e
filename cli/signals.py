"""Waiting for signals without missing one between looking and waiting."""

import select
import signal
import socket
from types import FrameType, TracebackType
from typing import Self

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_KEPT_IGNORED = (signal.SIGHUP,)
"""Whoever starts a command with nohup ignores it on purpose; shells ignore SIGINT for every background command."""


class Signals:
    """Counts requests to stop and wakes its owner at each, and whenever a child ends; used in the main thread."""

    def __init__(self) -> None:
        self.stops = 0
        """How often somebody has asked to stop."""
        self._reader, self._writer = socket.socketpair()
        self._reader.setblocking(False)
        self._writer.setblocking(False)

    def __enter__(self) -> Self:
        # Through the wakeup descriptor: a signal that arrives just before select() still ends it.
        self._old_descriptor = signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)
        ignored = [s for s in _KEPT_IGNORED if signal.getsignal(s) is signal.SIG_IGN]
        self._old = {s: signal.signal(s, self._asked) for s in STOP_SIGNALS if s not in ignored}
        self._old[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, self._child_ended)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for number, handler in self._old.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._old_descriptor)
        self._reader.close()
        self._writer.close()

    def wait(self, seconds: float) -> None:
        """Return at the next signal, or after `seconds`."""
        if select.select([self._reader], [], [], seconds)[0]:
            self._reader.recv(4096)

    def _asked(self, _signal: int, _frame: FrameType | None) -> None:
        self.stops += 1

    def _child_ended(self, _signal: int, _frame: FrameType | None) -> None:
        """Only the wakeup counts; who ended is asked of each child."""
