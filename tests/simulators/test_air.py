"""Stations: plausible, smooth, and with the course of a day and a year."""

from datetime import datetime
from itertools import pairwise
from statistics import correlation, fmean
from zoneinfo import ZoneInfo

import pytest

from simulators.air import UNITS, Region, Station
from stadspuls.clock import DAY, HOUR, MINUTE, to_us
from stadspuls.registry import Registry

BRUSSELS = ZoneInfo("Europe/Brussels")
JULY = to_us(datetime(2026, 7, 6, tzinfo=BRUSSELS))
JANUARY = to_us(datetime(2026, 1, 5, tzinfo=BRUSSELS))


def station(name: str = "gent/air-quality/S", seed: int = 1) -> Station:
    return Station(seed, name, Region(seed), (51.05, 3.72), BRUSSELS)


@pytest.fixture(scope="module")
def year() -> list[dict[str, float]]:
    course = station()
    return [course.at(JANUARY + i * 2 * HOUR) for i in range(365 * 12)]


def test_every_property_of_the_theme_is_simulated_in_its_unit(registry: Registry) -> None:
    theme = registry.themes["air-quality"]
    assert {name: observed.unit for name, observed in theme.properties.items()} == UNITS


def test_a_whole_year_is_plausible(registry: Registry, year: list[dict[str, float]]) -> None:
    for name, observed in registry.themes["air-quality"].properties.items():
        assert observed.plausible is not None
        low, high = observed.plausible
        assert all(low < values[name] < high for values in year), name


def test_fine_particles_are_part_of_the_coarse(year: list[dict[str, float]]) -> None:
    assert all(0 < values["pm25"] < values["pm10"] for values in year)


def test_properties_go_together_as_in_the_air(year: list[dict[str, float]]) -> None:
    def pair(one: str, other: str) -> float:
        return correlation([values[one] for values in year], [values[other] for values in year])

    assert pair("no2", "pm25") > 0.3
    assert pair("no2", "co") > 0.6
    assert pair("no2", "o3") < -0.3
    assert pair("temperature", "humidity") < -0.3


def mean_at(course: Station, name: str, begin: int, hour: float, days: tuple[int, ...] = (0, 1, 2, 3, 4)) -> float:
    """Mean at that hour over the given days of three weeks."""
    return fmean(
        course.at(begin + (day + 7 * week) * DAY + round(hour * HOUR))[name] for day in days for week in range(3)
    )


def test_the_day_has_its_course() -> None:
    course = station()

    def at(name: str, hour: float) -> float:
        return mean_at(course, name, JULY, hour)

    assert at("no2", 8.5) > 1.5 * at("no2", 3)
    assert at("no2", 17.5) > 1.3 * at("no2", 14)
    assert at("o3", 16) > at("o3", 5) + 30
    assert at("humidity", 5) > at("humidity", 15) + 10
    assert at("temperature", 16) > at("temperature", 5) + 4


def test_weekends_have_no_rush_hour() -> None:
    assert mean_at(station(), "no2", JULY, 8.2) > 1.3 * mean_at(station(), "no2", JULY, 8.2, days=(5, 6))


def test_the_year_has_its_course() -> None:
    course = station()
    assert mean_at(course, "temperature", JULY, 15) > mean_at(course, "temperature", JANUARY, 15) + 8
    assert mean_at(course, "o3", JULY, 15) > mean_at(course, "o3", JANUARY, 15) + 20
    assert mean_at(course, "pm25", JANUARY, 9) > mean_at(course, "pm25", JULY, 9)


LARGEST_STEP = {
    "no2": 3.0,
    "pm25": 1.0,
    "pm10": 1.5,
    "o3": 3.5,
    "so2": 0.3,
    "co": 0.04,
    "temperature": 0.15,
    "humidity": 1.0,
    "pressure": 0.15,
}
"""Within a minute."""


@pytest.mark.parametrize("begin", [JULY, to_us(datetime(2026, 3, 28, tzinfo=BRUSSELS))])
def test_nothing_jumps_within_a_minute(begin: int) -> None:
    course = station()
    values = [course.at(begin + i * MINUTE) for i in range(3 * 1440)]
    for name, step in LARGEST_STEP.items():
        assert max(abs(one[name] - other[name]) for one, other in pairwise(values)) < step, name


def test_no_value_is_frozen_for_hours() -> None:
    course = station()
    values = [course.at(JANUARY + i * 10 * MINUTE) for i in range(30 * 144)]
    for name in UNITS:
        rounded = [round(one[name], 2) for one in values]
        same = longest = 0
        for one, other in pairwise(rounded):
            same = same + 1 if one == other else 0
            longest = max(longest, same)
        # Carbon monoxide is told in hundredths, and a quiet night has few of them.
        assert longest < 24, name


def test_stations_share_the_weather_and_not_the_traffic() -> None:
    one, other = station("a"), station("b")
    for hours in range(0, 240, 7):
        first, second = one.at(JULY + hours * HOUR), other.at(JULY + hours * HOUR)
        assert abs(first["temperature"] - second["temperature"]) < 4
        assert first["no2"] != second["no2"]


def test_the_same_seed_gives_the_same_air() -> None:
    late = station()
    late.at(JANUARY)
    assert late.at(JULY) == station().at(JULY)
    assert station(seed=2).at(JULY) != station().at(JULY)
