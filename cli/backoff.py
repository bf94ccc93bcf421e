"""How long to wait before a process that ended is started again."""

from dataclasses import dataclass


@dataclass
class Backoff:
    """Delays that double from `first` to `longest` seconds, and begin anew after `healthy` seconds of running."""

    first: float
    longest: float
    healthy: float
    _next: float | None = None

    def after(self, ran: float) -> float:
        """The seconds to wait after a process that ran for `ran` seconds."""
        if self._next is None or ran >= self.healthy:
            self._next = self.first
        delay = self._next
        self._next = min(self.longest, delay * 2)
        return delay
