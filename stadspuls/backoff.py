"""How long to wait before trying again: longer each time, and never in step with others."""

import random

_FIRST = 0.5
_LONGEST = 30.0


class Backoff:
    """Delays of `first` (0.5 s) doubling to `longest`, each shortened by up to half at random."""

    def __init__(self, chance: random.Random | None = None, longest: float = _LONGEST, first: float = _FIRST) -> None:
        self._chance = chance or random.Random()  # noqa: S311 - it spreads load, it hides nothing
        self._first = first
        self._next = first
        self._longest = longest

    def delay(self) -> float:
        """The seconds to wait now."""
        delay = self._next * self._chance.uniform(0.5, 1.0)
        self._next = min(self._longest, self._next * 2)
        return delay

    def reset(self) -> None:
        """Begin anew: it works again."""
        self._next = self._first
