"""Car parks and spaces: a believable week, and the same one whoever asks."""

from datetime import datetime
from itertools import pairwise
from statistics import fmean
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulators.parking import CarPark, Space
from stadspuls.clock import DAY, HOUR, MINUTE, SECOND, to_us

BRUSSELS = ZoneInfo("Europe/Brussels")
MONDAY = to_us(datetime(2026, 3, 2, tzinfo=BRUSSELS))
CLOCKS_FORWARD = to_us(datetime(2026, 3, 29, tzinfo=BRUSSELS))
CLOCKS_BACK = to_us(datetime(2026, 10, 25, tzinfo=BRUSSELS))


def car_park(seed: int = 1, capacity: int = 500, name: str = "kortrijk/parking/P") -> CarPark:
    return CarPark(seed, name, capacity, BRUSSELS)


def vacant(begin: int, count: int, step: int = 30 * SECOND, seed: int = 1, capacity: int = 500) -> list[int]:
    park = car_park(seed, capacity)
    return [park(begin + i * step) for i in range(count)]


def taken_at(day: int, hour: float) -> float:
    """Share taken, averaged over ten car parks."""
    at = MONDAY + day * DAY + round(hour * HOUR)
    return fmean(1 - car_park(name=f"P{number}")(at) / 500 for number in range(10))


def test_counts_are_whole_and_within_the_capacity() -> None:
    for capacity in (3, 50, 1200):
        values = vacant(MONDAY, 7 * 288, step=5 * MINUTE, capacity=capacity)
        assert all(type(value) is int and 0 <= value <= capacity for value in values)


def test_an_almost_full_car_park_never_goes_below_nothing() -> None:
    assert min(min(vacant(MONDAY, 5 * 48, 30 * MINUTE, seed=seed, capacity=8)) for seed in range(20)) == 0


@pytest.mark.parametrize("begin", [MONDAY, CLOCKS_FORWARD, CLOCKS_BACK])
def test_counts_never_jump_in_half_a_minute(begin: int) -> None:
    values = vacant(begin, 2 * 25 * 120)
    steps = [abs(one - other) for one, other in pairwise(values)]
    assert max(steps) <= 10
    assert sum(step > 0 for step in steps) > 500
    assert fmean(steps) < 2


def test_a_working_day_fills_and_empties() -> None:
    night, noon, late = taken_at(1, 4), taken_at(1, 14), taken_at(1, 23.5)
    assert night < 0.2 < late + 0.1 < noon
    assert noon > 0.5


def test_the_week_has_its_days() -> None:
    assert taken_at(5, 15) > taken_at(6, 15) + 0.15, "shops are open on Saturday and closed on Sunday"
    assert taken_at(1, 9.5) > taken_at(6, 9.5) + 0.2, "offices are open on Tuesday"
    assert taken_at(4, 21) > taken_at(0, 21), "people go out on Friday"


@settings(max_examples=25, deadline=None)
@given(offset=st.integers(0, 7 * DAY), before=st.integers(0, 3 * DAY))
def test_a_restart_at_any_moment_goes_on_with_the_same_count(offset: int, before: int) -> None:
    at = MONDAY + offset
    running = car_park()
    running(at - before)
    running(at - min(before, 17 * SECOND))
    assert running(at) == car_park()(at)


def test_seed_and_name_make_another_car_park() -> None:
    courses = [vacant(MONDAY, 50, HOUR), vacant(MONDAY, 50, HOUR, seed=2)]
    courses.append([car_park(name="other")(MONDAY + i * HOUR) for i in range(50)])
    assert courses[0] != courses[1] != courses[2] != courses[0]


def spaces(count: int) -> list[Space]:
    return [Space(1, f"street/{number}", BRUSSELS) for number in range(count)]


def occupied_share(at: int) -> float:
    return fmean(space(at) for space in spaces(300))


def test_a_street_is_fuller_by_day_than_on_sunday() -> None:
    assert occupied_share(MONDAY + 14 * HOUR) > 0.75
    assert occupied_share(MONDAY + 6 * DAY + 14 * HOUR) < 0.7


def test_changes_are_exactly_where_the_state_changes() -> None:
    for space in spaces(5):
        at, state, changes = MONDAY, space(MONDAY), []
        while at < MONDAY + 3 * DAY:
            at = space.next_change(at)
            changes.append(at)
            assert space(at - 1) == state
            state = not state
            assert space(at) == state
        assert all(one < other for one, other in pairwise(changes))
        assert 10 < len(changes) < 3 * 24 * 4


def test_spaces_of_a_street_do_not_change_together() -> None:
    changes = {space.next_change(MONDAY) for space in spaces(50)}
    assert len(changes) > 45


@settings(max_examples=50, deadline=None)
@given(offset=st.integers(0, 30 * DAY))
def test_a_space_is_the_same_for_whoever_asks(offset: int) -> None:
    old = Space(1, "s", BRUSSELS)
    old(MONDAY)
    old.next_change(MONDAY + offset // 2)
    new = Space(1, "s", BRUSSELS)
    at = MONDAY + offset
    assert (old(at), old.next_change(at)) == (new(at), new.next_change(at))
