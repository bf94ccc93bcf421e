"""With which times a recording is sent, and when."""

import json
from datetime import UTC, datetime
from itertools import islice, pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.airbase import STANDARD_TIME
from simulators.formats import read_recording
from simulators.pacing import Due
from simulators.recorded import Recorded, Recording
from simulators.timing import HOURS_BEFORE, as_if_now, as_recorded, by_hour_of_year
from stadspuls.clock import HOUR, MINUTE, SECOND, parse_rfc3339, to_us
from stadspuls.registry import Registry
from stadspuls.settings import ROOT

RECORDINGS = ROOT / "simulators" / "recordings"
NOW = parse_rfc3339("2026-01-05T08:00:00.5Z")
BRUSSELS = ZoneInfo("Europe/Brussels")


def three_moments() -> Recording:
    first = parse_rfc3339("2017-11-08T07:00:01+01:00")
    readings = [
        Recorded(first + offset * SECOND, "gent/parking/P1", {"vacantSpaces": offset}, STANDARD_TIME)
        for offset in (0, 32, 60)
    ]
    return Recording(Path("three.trig"), tuple(readings), ())


def year(number: int) -> Recording:
    """A value for every hour: its end in local standard time, as MMDDHH."""
    hours = range(
        to_us(datetime(number, 1, 1, 1, tzinfo=STANDARD_TIME)),
        to_us(datetime(number + 1, 1, 1, 1, tzinfo=STANDARD_TIME)),
        HOUR,
    )
    readings = [Recorded(end, "a/air/S", {"no2": name_of_hour(end)}, STANDARD_TIME) for end in hours]
    return Recording(Path("year.tsv"), tuple(readings), (), hourly=True)


def name_of_hour(end: int) -> float:
    """The hour that ends there by its beginning in standard time: 123123 is the last hour of a year."""
    return float(f"{datetime.fromtimestamp((end - HOUR) / SECOND, STANDARD_TIME):%m%d%H}")


def observed(due: Due) -> int:
    return parse_rfc3339(json.loads(due.payload)["time"])


def test_recorded_times_stay_and_speed_shortens_the_waits() -> None:
    dues = list(as_recorded(three_moments(), speed=2)(NOW))
    assert [due.at - NOW for due in dues] == [0, 16 * SECOND, 30 * SECOND]
    assert [json.loads(due.payload)["time"] for due in dues] == [
        "2017-11-08T07:00:01+01:00",
        "2017-11-08T07:00:33+01:00",
        "2017-11-08T07:01:01+01:00",
    ]


def test_speed_zero_sends_at_once() -> None:
    assert {due.at for due in as_recorded(three_moments(), speed=0)(NOW)} == {NOW}


def test_as_if_now_begins_now_and_is_sent_when_it_is_measured() -> None:
    dues = list(as_if_now(three_moments(), speed=1, loop=False)(NOW))
    assert [due.at - NOW for due in dues] == [0, 32 * SECOND, 60 * SECOND]
    assert [observed(due) for due in dues] == [due.at for due in dues]


def test_a_loop_begins_again_thirty_seconds_after_its_end() -> None:
    dues = list(islice(as_if_now(three_moments(), speed=1, loop=True)(NOW), 7))
    assert [(due.at - NOW) // SECOND for due in dues] == [0, 32, 60, 90, 122, 150, 180]
    assert [json.loads(due.payload)["vacantSpaces"] for due in dues] == [0, 32, 60, 0, 32, 60, 0]


def test_as_if_now_at_once_ends_now() -> None:
    dues = list(as_if_now(three_moments(), speed=0, loop=False)(NOW))
    assert [observed(due) - NOW for due in dues] == [-60 * SECOND, -28 * SECOND, 0]
    assert all(due.at <= NOW for due in dues)


@given(speed=st.floats(min_value=0.1, max_value=5000))
def test_at_any_speed_nothing_is_measured_before_it_is_sent_or_twice(speed: float) -> None:
    dues = list(islice(as_if_now(three_moments(), speed=speed, loop=True)(NOW), 20))
    assert all(observed(due) == due.at >= NOW for due in dues)
    assert all(one.at < other.at for one, other in pairwise(dues))


def test_the_whole_recording_keeps_its_rhythm_now(registry: Registry) -> None:
    recording = read_recording(RECORDINGS / "ghent-parking-2017-11-08.trig", registry)
    dues = list(as_if_now(recording, speed=1, loop=False)(NOW))
    assert [due.at - NOW for due in dues] == [reading.observed_at - recording.first for reading in recording.readings]


def test_an_hourly_series_first_sends_the_last_two_days() -> None:
    dues = list(by_hour_of_year(year(2012), endless=False)(NOW))
    last = parse_rfc3339("2026-01-05T08:00:00Z")
    assert [observed(due) for due in dues] == [last - back * HOUR for back in reversed(range(HOURS_BEFORE))]
    assert {due.at for due in dues} == {NOW}


def test_then_each_hour_is_sent_when_it_ends() -> None:
    dues = list(islice(by_hour_of_year(year(2012), endless=True)(NOW), HOURS_BEFORE + 5))[HOURS_BEFORE:]
    assert [due.at for due in dues] == [parse_rfc3339(f"2026-01-05T{hour:02}:00:00Z") for hour in range(9, 14)]
    assert [observed(due) for due in dues] == [due.at for due in dues]


@pytest.mark.parametrize(
    "now",
    [
        "2026-01-01T00:30:00+01:00",
        "2026-03-29T12:00:00Z",
        "2026-10-25T12:00:00Z",
        "2027-03-01T12:00:00Z",
        "2028-03-01T12:00:00Z",
    ],
)
def test_each_hour_has_the_value_of_the_same_hour_of_the_year(now: str) -> None:
    dues = list(by_hour_of_year(year(2012), endless=False)(parse_rfc3339(now)))
    assert len(dues) == HOURS_BEFORE
    assert [json.loads(due.payload)["no2"] for due in dues] == [name_of_hour(observed(due)) for due in dues]


@pytest.mark.parametrize(("day", "hours"), [((2026, 3, 29), 23), ((2026, 10, 25), 25)])
def test_days_of_23_and_25_hours_have_a_value_for_each(day: tuple[int, int, int], hours: int) -> None:
    begin = datetime(*day, tzinfo=BRUSSELS)
    end = datetime(day[0], day[1], day[2] + 1, tzinfo=BRUSSELS)
    dues = by_hour_of_year(year(2012), endless=False)(to_us(end.astimezone(UTC)))
    instants = [observed(due) for due in dues if to_us(begin) < observed(due) <= to_us(end)]
    assert len(instants) == len(set(instants)) == hours


def test_the_last_hour_of_the_year_ends_in_the_next() -> None:
    dues = list(by_hour_of_year(year(2012), endless=False)(parse_rfc3339("2027-01-01T00:00:00+01:00")))
    assert json.loads(dues[-1].payload) == {"time": "2026-12-31T23:00:00Z", "no2": 123123.0}


def test_29_february_takes_the_28th_of_a_common_year() -> None:
    dues = list(by_hour_of_year(year(2013), endless=False)(parse_rfc3339("2028-03-01T00:00:00+01:00")))
    values = [json.loads(due.payload)["no2"] for due in dues]
    assert values[:24] == values[24:] == [22800.0 + hour for hour in range(24)]


def test_hours_that_the_recording_lacks_are_left_out(registry: Registry) -> None:
    recording = read_recording(RECORDINGS / "airbase-BETR801-no2-2012.tsv", registry)
    # 2 January 2012, the hours that end at 01:00 and 02:00, are missing.
    dues = list(by_hour_of_year(recording, endless=False)(parse_rfc3339("2026-01-02T04:10:00+01:00")))
    ends = [observed(due) for due in dues[-3:]]
    assert ends == [parse_rfc3339(f"2026-01-0{at}:00:00+01:00") for at in ("2T00", "2T03", "2T04")]


def test_a_restart_repeats_the_same_readings() -> None:
    first = {due.payload for due in by_hour_of_year(year(2012), endless=False)(NOW)}
    later = {due.payload for due in by_hour_of_year(year(2012), endless=False)(NOW + 5 * MINUTE)}
    assert first == later
