from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stadspuls.clock import HOUR, MINUTE, to_datetime, to_us
from store.grid import EVERY, Grid

BRUSSELS = ZoneInfo("Europe/Brussels")
SPRING = "2026-03-29"  # 23 hours: 02:00 becomes 03:00
AUTUMN = "2026-10-25"  # 25 hours: 03:00 becomes 02:00


def at(text: str) -> int:
    return to_us(datetime.fromisoformat(text).replace(tzinfo=BRUSSELS))


def starts(every: str, first: str, last: str) -> list[int]:
    grid = Grid(every, BRUSSELS)
    found = [grid.start_of(at(first))]
    while found[-1] < at(last):
        found.append(grid.end_of(found[-1]))
    return found


def hours(every: str, day: str) -> list[float]:
    found = starts(every, f"{day}T00:00", str(datetime.fromisoformat(day) + timedelta(days=1)))
    return [(b - a) / HOUR for a, b in pairwise(found)]


@pytest.mark.parametrize(("day", "windows"), [("2026-01-05", 24), (SPRING, 23), (AUTUMN, 25)])
def test_every_hour_of_a_day_is_a_window_also_when_the_clocks_change(day: str, windows: int) -> None:
    assert hours("PT1H", day) == [1.0] * windows
    assert hours("PT15M", day) == [0.25] * (4 * windows)
    assert hours("P1D", day) == [windows]


def test_windows_of_several_hours_begin_at_the_same_local_times_every_day() -> None:
    assert hours("PT6H", "2026-01-05") == [6, 6, 6, 6]
    assert hours("PT6H", SPRING) == [5, 6, 6, 6]
    assert hours("PT6H", AUTUMN) == [7, 6, 6, 6]
    assert hours("PT2H", SPRING) == [2, 1] + [2] * 10
    assert hours("PT2H", AUTUMN) == [2, 3] + [2] * 10
    assert hours("PT3H", AUTUMN)[:2] == [4, 3]


def test_the_hour_that_comes_twice_is_two_windows() -> None:
    grid = Grid("PT1H", BRUSSELS)
    first = at("2026-10-25T02:30")
    assert grid.start_of(first) == at("2026-10-25T02:00")
    assert grid.start_of(first + HOUR) == at("2026-10-25T02:00") + HOUR
    assert to_datetime(first + HOUR, BRUSSELS).hour == 2


def test_weeks_begin_on_monday_and_months_on_the_first() -> None:
    assert starts("P1W", "2026-03-25T12:00", "2026-04-06") == [
        at("2026-03-23"),
        at("2026-03-30"),
        at("2026-04-06"),
    ]
    assert starts("P1M", "2026-12-31T23:59", "2027-03-01") == [
        at("2026-12-01"),
        at("2027-01-01"),
        at("2027-02-01"),
        at("2027-03-01"),
    ]


def test_a_window_includes_its_start_and_not_its_end() -> None:
    grid = Grid("PT5M", BRUSSELS)
    start = at("2026-01-05T08:05")
    assert grid.start_of(start) == start
    assert grid.start_of(start - 1) == start - 5 * MINUTE
    assert grid.start_of(start + 5 * MINUTE - 1) == start
    assert grid.end_of(start) == start + 5 * MINUTE


@pytest.mark.parametrize("every", ["PT7M", "PT5H", "P2D", "1h", ""])
def test_other_durations_are_refused_by_name(every: str) -> None:
    with pytest.raises(ValueError, match=f"{every!r} is no window's duration; possible are PT1M"):
        Grid(every, BRUSSELS)


@given(
    every=st.sampled_from(EVERY),
    zone=st.sampled_from(["Europe/Brussels", "UTC", "America/St_Johns", "Australia/Lord_Howe", "America/Sao_Paulo"]),
    instant=st.integers(
        to_us(datetime.fromisoformat("1990-01-01T00Z")), to_us(datetime.fromisoformat("2040-01-01T00Z"))
    ),
)
def test_windows_leave_no_gap_and_do_not_overlap(every: str, zone: str, instant: int) -> None:
    grid = Grid(every, ZoneInfo(zone))
    start = grid.start_of(instant)
    end = grid.end_of(start)
    assert start <= instant < end
    assert grid.start_of(start) == grid.start_of(end - 1) == start
    assert grid.start_of(end) == end
    assert grid.start_of(start - 1) < start
    assert grid.end_of(grid.start_of(start - 1)) == start
