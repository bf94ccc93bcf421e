"""How often somebody may do something: a bucket that fills at a rate and holds twice a second's worth."""

import time
from collections.abc import Callable

from stadspuls.errors import TooManyRequests

BURST_SECONDS = 2.0


class RateLimit:
    """One bucket a name; names are few, for only known ones get here."""

    def __init__(
        self,
        rate: float,
        clock: Callable[[], float] = time.monotonic,
        told: str = "the key {name} may send {rate:g} messages a second",
    ) -> None:
        """Allow `rate` a second; `told` is what is said of one too many, with `{name}` and `{rate}`."""
        self._rate = rate
        self._most = max(1.0, rate * BURST_SECONDS)
        self._clock = clock
        self._told = told
        self._buckets: dict[str, tuple[float, float]] = {}
        """By name what was left, and when."""

    def take(self, name: str) -> None:
        """Count one.

        Raises:
            TooManyRequests: when it is one too many; it does not count then.
        """
        now = self._clock()
        left, then = self._buckets.get(name, (self._most, now))
        left = min(self._most, left + (now - then) * self._rate)
        if left < 1:
            wait = (1 - left) / self._rate
            raise TooManyRequests(self._told.format(name=name, rate=self._rate), wait)
        self._buckets[name] = (left - 1, now)
