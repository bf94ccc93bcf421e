"""Ranges over time together give everything, and few of them are asked for."""

from bisect import bisect_left
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.influx_connection import TooMuch
from store.influx_walk import FIRST_SPAN, Asking, Walk, mirrored

MOST = 50


class Line:
    """Instants at which there is something, and how often it is asked."""

    def __init__(self, instants: Sequence[int], most: int = MOST) -> None:
        self._instants = sorted(instants)
        self._most = most
        self.reads = self.jumps = self.read_rows = 0

    def asking(self, key: str = "k") -> Asking[int]:
        return Asking(key, self._read, self._next)

    def _read(self, start: int, stop: int, everything: bool) -> Sequence[int]:
        assert start < stop
        self.reads += 1
        found = self._instants[bisect_left(self._instants, start) : bisect_left(self._instants, stop)]
        if len(found) > self._most and not everything:
            raise TooMuch
        self.read_rows += len(found)
        return found

    def _next(self, start: int, stop: int) -> int | None:
        self.jumps += 1
        place = bisect_left(self._instants, start)
        return self._instants[place] if place < len(self._instants) and self._instants[place] < stop else None


def everything(walk: Walk, line: Line, start: int, end: int, wanted: int, *, jump: bool) -> list[int]:
    found: list[int] = []
    stop = start
    for part in walk.parts(line.asking(), start, end, wanted, jump=jump):
        assert all(stop <= instant < part.stop for instant in part.rows)
        stop = part.stop
        found += part.rows
    return found


instants = st.integers(-(10**15), 10**15) | st.integers(0, 1000) | st.integers(0, 10**9)


@given(st.lists(instants, max_size=200), instants, instants, st.integers(1, 300), st.booleans())
def test_ranges_together_hold_everything_once(made: list[int], start: int, end: int, wanted: int, jump: bool) -> None:
    walk = Walk()
    for _ in range(2):
        found = everything(walk, Line(made), start, end, wanted, jump=jump)
        assert found == sorted(i for i in made if start <= i < end)


@given(instants, instants, instants)
def test_negative_time_is_the_same_range_backwards(start: int, stop: int, instant: int) -> None:
    first, last = mirrored(start, stop)
    assert mirrored(first, last) == (start, stop)
    assert (first <= -instant < last) == (start <= instant < stop)


def test_a_page_reads_hardly_more_than_itself() -> None:
    line, walk = Line(range(0, 10**10, 1000), most=100_000), Walk()
    at = 0
    for page in range(20):
        line.reads = line.read_rows = found = 0
        for part in walk.parts(line.asking(), at, 10**12, 1000, jump=False):
            found += len(part.rows)
            at = part.stop
            if found >= 1000:
                break
        if page:
            assert (line.reads, line.jumps) == (1, 0)
            assert line.read_rows < 1500


@pytest.mark.parametrize("step", [1, 1000, 10**9, 10**13])
def test_few_questions_lead_to_a_page_whatever_the_distance_of_things(step: int) -> None:
    line, found = Line(range(0, 5000 * step, step), most=100_000), 0
    for part in Walk().parts(line.asking(), -(10**15), 10**18, 1000, jump=True):
        found += len(part.rows)
        if found >= 1000:
            break
    assert line.reads + line.jumps <= 14
    assert found < 16_000


def test_the_end_of_everything_is_found_at_once() -> None:
    line = Line([5])
    assert everything(Walk(), line, 0, 10**18, 1000, jump=False) == [5]
    assert (line.reads, line.jumps) == (2, 1)


def test_very_many_things_at_one_instant_are_all_read() -> None:
    line = Line([7] * (10 * MOST) + [9])
    assert everything(Walk(), line, 0, FIRST_SPAN, 10, jump=False) == [7] * (10 * MOST) + [9]
