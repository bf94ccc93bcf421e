"""Chance that can be asked again: the same seed and name give the same draws, in any process, in any order."""

import math
import random

from stadspuls.clock import MINUTE


def draws(seed: int, *name: object) -> random.Random:
    """A generator of its own for everything that has a name (`1, "gent/parking/P1", "profile"`)."""
    return random.Random(f"{seed}/{'/'.join(map(str, name))}")  # noqa: S311 - believable, not secret


class SmoothNoise:
    """A random course that keeps its level for a while: an Ornstein-Uhlenbeck process, mean 0, variance 1.

    A pure function of seed, name and time. Its value at a lattice point is the fading sum of the last shocks
    (AR(1), cut where less than 1/1000 is left); in between it is interpolated.
    """

    STEPS = 5
    """Lattice points in the time after which a shock has faded to 1/e."""
    MEMORY = 35
    """Shocks in the sum: exp(-35 / 5) is less than 1/1000."""

    def __init__(self, seed: int, name: str, memory_minutes: float) -> None:
        self._seed, self._name = seed, name
        self._step = round(memory_minutes * MINUTE / self.STEPS)
        fade = math.exp(-1 / self.STEPS)
        self._weights = [fade**age * math.sqrt(1 - fade * fade) for age in range(self.MEMORY)]
        self._shocks: dict[int, float] = {}
        self._points: dict[int, float] = {}

    def __call__(self, at: int) -> float:
        """The value at an instant (microseconds)."""
        point, rest = divmod(at, self._step)
        share = rest / self._step
        return self._point(point) * (1 - share) + self._point(point + 1) * share

    def _point(self, point: int) -> float:
        if point not in self._points:
            total = sum(weight * self._shock(point - age) for age, weight in enumerate(self._weights))
            self._points = {key: value for key, value in self._points.items() if abs(key - point) <= 1}
            self._points[point] = total
        return self._points[point]

    def _shock(self, point: int) -> float:
        if point not in self._shocks:
            if len(self._shocks) > 4 * self.MEMORY:
                self._shocks.clear()
            self._shocks[point] = draws(self._seed, self._name, point).gauss(0, 1)
        return self._shocks[point]


def bump(hour: float, centre: float, width: float) -> float:
    """A bell over the hours of a day, 1 at its centre; it reaches across midnight."""
    distance = (hour - centre + 12) % 24 - 12
    return math.exp(-0.5 * (distance / width) ** 2)
