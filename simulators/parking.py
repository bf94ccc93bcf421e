"""Car parks and parking spaces with a believable week, as pure functions of seed, sensor and time.

Cars come and go: arrivals are drawn for five minutes at a time, each with the length of its stay, so that a count at
any instant follows from the arrivals of the hours before it and a restart goes on where it left.
"""

import heapq
import math
import random
from bisect import bisect_right
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from simulators.chance import bump, draws
from stadspuls.clock import DAY, HOUR, MINUTE, SECOND, to_datetime

LONGEST_STAY = 14 * HOUR
SHORTEST_STAY = 5 * MINUTE
SLOT = 5 * MINUTE
"""Arrivals are drawn for so long at once."""
SATURDAY, SUNDAY = 5, 6


@dataclass(frozen=True)
class Visitors:
    """A kind of visitor: when they come, on which days, how long they stay."""

    share: float
    """Cars on an ordinary day, as a share of the capacity."""
    days: tuple[float, float, float, float, float, float, float]
    """Factor for Monday to Sunday."""
    peak: float
    """Hour of the day at which most arrive."""
    width: float
    """Standard deviation of the arrivals, in hours."""
    stay: float
    """Mean stay in hours."""
    steady: bool = False
    """Stays spread little around the mean (a working day), instead of exponentially (shopping)."""

    def per_hour(self, weekday: int, hour: float) -> float:
        """Arrivals an hour as a share of the capacity."""
        area = self.width * math.sqrt(2 * math.pi)
        return self.share * self.days[weekday] * bump(hour, self.peak, self.width) / area

    def draw_stay(self, chance: random.Random) -> int:
        """One car's stay in microseconds."""
        hours = chance.gauss(self.stay, 1.2) if self.steady else chance.expovariate(1 / self.stay)
        return min(max(round(hours * HOUR), SHORTEST_STAY), LONGEST_STAY)


WORKERS = Visitors(0.36, (1, 1.05, 1, 1.05, 0.9, 0.12, 0.05), 8.3, 0.85, 8.2, steady=True)
SHOPPERS = Visitors(1.2, (0.9, 0.95, 1.1, 1, 1.15, 1.9, 0.4), 13.8, 2.5, 1.5)
EVENING = Visitors(0.35, (0.7, 0.8, 0.9, 1.1, 1.7, 1.8, 0.7), 19.2, 1.1, 2.6)


class CarPark:
    """A car park with a counter: how many spaces are vacant."""

    def __init__(self, seed: int, name: str, capacity: int, zone: ZoneInfo) -> None:
        chance = draws(seed, name, "profile")
        self._seed, self._name, self._capacity, self._zone = seed, name, capacity, zone
        self._residents = round(capacity * chance.uniform(0.04, 0.14))
        self._visitors = [(kind, chance.uniform(0.7, 1.25)) for kind in (WORKERS, SHOPPERS, EVENING)]
        self._day = date.min, 1.0
        self._at = self._slot = 0
        self._moves: list[tuple[int, int]] = []
        """What is still to come of the cars drawn so far: instant, +1 or -1."""
        self._present = 0

    def __call__(self, at: int) -> int:
        """Vacant spaces at an instant; cheapest when asked forwards."""
        if at < self._at or at - self._at > LONGEST_STAY:
            self._slot, self._moves, self._present = (at - LONGEST_STAY) // SLOT - 1, [], 0
        while self._slot * SLOT <= at:
            for arrival, departure in self._cars(self._slot):
                heapq.heappush(self._moves, (arrival, 1))
                heapq.heappush(self._moves, (departure, -1))
            self._slot += 1
        while self._moves and self._moves[0][0] <= at:
            self._present += heapq.heappop(self._moves)[1]
        self._at = at
        return max(0, self._capacity - self._residents - self._present)

    def _cars(self, slot: int) -> list[tuple[int, int]]:
        """Arrival and departure of every car that comes in that slot."""
        begin = slot * SLOT
        local = to_datetime(begin, self._zone)
        chance = draws(self._seed, self._name, slot)
        busy = self._busy(local.date()) * self._capacity / HOUR
        cars = []
        for kind, factor in self._visitors:
            rate = kind.per_hour(local.weekday(), local.hour + local.minute / 60) * factor * busy
            arrival = begin + _wait(chance, rate)
            while arrival < begin + SLOT:
                cars.append((arrival, arrival + kind.draw_stay(chance)))
                arrival += _wait(chance, rate)
        return cars

    def _busy(self, day: date) -> float:
        """How busy a day is, around 1."""
        if self._day[0] != day:
            self._day = day, draws(self._seed, self._name, day).uniform(0.88, 1.12)
        return self._day[1]


def _wait(chance: random.Random, rate: float) -> int:
    """Microseconds until the next arrival of so many a microsecond."""
    return round(min(chance.expovariate(1.0) / max(rate, 1e-15), DAY))


class Space:
    """One parking space in a street: occupied or free, with stays that depend on the hour.

    Each space lives in days of its own, whose beginnings are spread over the spaces; the days are drawn one by one.
    """

    def __init__(self, seed: int, name: str, zone: ZoneInfo) -> None:
        self._seed, self._name, self._zone = seed, name, zone
        self._phase = draws(seed, name, "phase").randrange(DAY // SECOND) * SECOND
        self._days: dict[int, list[tuple[int, bool]]] = {}

    def __call__(self, at: int) -> bool:
        """Whether the space is occupied at an instant."""
        changes = self._day((at - self._phase) // DAY)
        return changes[bisect_right(changes, at, key=lambda change: change[0]) - 1][1]

    def next_change(self, at: int) -> int:
        """The first instant after `at` at which the space becomes free or occupied."""
        number, occupied = (at - self._phase) // DAY, self(at)
        while True:
            for instant, state in self._day(number):
                if instant > at and state != occupied:
                    return instant
            number += 1

    def _day(self, number: int) -> list[tuple[int, bool]]:
        """The changes of a day; the first is its beginning."""
        if number not in self._days:
            self._days = {key: day for key, day in self._days.items() if abs(key - number) <= 1}
            self._days[number] = self._draw(number)
        return self._days[number]

    def _draw(self, number: int) -> list[tuple[int, bool]]:
        chance = draws(self._seed, self._name, number)
        at, end = number * DAY + self._phase, (number + 1) * DAY + self._phase
        occupied = chance.random() < self._demand(at)[0]
        changes = []
        while at < end:
            changes.append((at, occupied))
            share, stay = self._demand(at)
            mean = stay if occupied else stay * (1 - share) / share
            # In whole milliseconds, as a device would tell.
            at += max(round(chance.expovariate(1 / mean) * MINUTE) // 1000 * 1000, MINUTE)
            occupied = not occupied
        return changes

    def _demand(self, at: int) -> tuple[float, float]:
        """At that hour: the share of time a space is occupied, and the mean stay in minutes."""
        local = to_datetime(at, self._zone)
        quiet = 0.75 if local.weekday() == SUNDAY else 1.0
        if 9 <= local.hour < 18:
            return 0.85 * quiet, 50.0
        if 18 <= local.hour < 22:
            return 0.8 * quiet, 110.0
        return 0.62, 280.0
