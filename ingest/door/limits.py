"""How often a key may send: a bucket that fills at a rate and holds twice a second's worth."""

import time
from collections.abc import Callable

from stadspuls.errors import TooManyRequests

BURST_SECONDS = 2.0


class RateLimit:
    """One bucket a key; keys are few, for only known ones get here."""

    def __init__(self, rate: float, clock: Callable[[], float] = time.monotonic) -> None:
        """Allow `rate` messages a second."""
        self._rate = rate
        self._most = max(1.0, rate * BURST_SECONDS)
        self._clock = clock
        self._buckets: dict[str, tuple[float, float]] = {}
        """Per key what was left, and when."""

    def take(self, key: str) -> None:
        """Count one message.

        Raises:
            TooManyRequests: when it is one too many; it does not count then.
        """
        now = self._clock()
        left, then = self._buckets.get(key, (self._most, now))
        left = min(self._most, left + (now - then) * self._rate)
        if left < 1:
            wait = (1 - left) / self._rate
            raise TooManyRequests(f"the key {key} may send {self._rate:g} messages a second", wait)
        self._buckets[key] = (left - 1, now)
