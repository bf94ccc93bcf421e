"""How often somebody may do something: a bucket a name, which fills at a rate and holds some seconds' worth."""

import time
from collections import OrderedDict
from collections.abc import Callable

from stadspuls.errors import TooManyRequests

BURST_SECONDS = 2.0
MOST_NAMES = 50_000
"""Buckets kept at once, some ten megabytes; who was heard of longest ago is forgotten, and begins with a full one."""


class RateLimit:
    """One bucket a name; names may come from outside, since their number is bounded."""

    def __init__(
        self,
        rate: float,
        clock: Callable[[], float] = time.monotonic,
        told: str = "the key {name} may send {rate:g} messages a second",
        seconds: float = BURST_SECONDS,
        names: int = MOST_NAMES,
    ) -> None:
        """Allow `rate` a second, and `seconds` of it at once; `told` of one too many names `{name}` and `{rate}`."""
        self._rate = rate
        self.most = max(1.0, rate * seconds)
        self._clock = clock
        self._told = told
        self._names = names
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        """By name what was left, and when; the one used last comes last."""

    def __len__(self) -> int:
        """How many names are known."""
        return len(self._buckets)

    def take(self, name: str, cost: float = 1.0) -> float:
        """Count `cost`, at most what a full bucket holds; returns what is left.

        Raises:
            TooManyRequests: when it is more than is left; it does not count then.
        """
        now = self._clock()
        cost = min(cost, self.most)
        left = self._left(name, now)
        if left < cost:
            wait = (cost - left) / self._rate
            raise TooManyRequests(self._told.format(name=name, rate=self._rate), wait)
        return self._keep(name, left - cost, now)

    def give_back(self, name: str, amount: float) -> float:
        """Count so much less, for what turned out to be cheap; returns what is left."""
        now = self._clock()
        return self._keep(name, min(self.most, self._left(name, now) + amount), now)

    def left(self, name: str) -> float:
        """What the bucket holds now."""
        return self._left(name, self._clock())

    def full_in(self, left: float) -> float:
        """Seconds until a bucket with so much left is full."""
        return (self.most - left) / self._rate

    def _left(self, name: str, now: float) -> float:
        left, then = self._buckets.get(name, (self.most, now))
        return min(self.most, left + (now - then) * self._rate)

    def _keep(self, name: str, left: float, now: float) -> float:
        self._buckets[name] = (left, now)
        self._buckets.move_to_end(name)
        if len(self._buckets) > self._names:
            self._buckets.popitem(last=False)
        return left
