"""Every property of every theme has a course, also of a theme that nobody wrote a model for."""

from collections.abc import Callable
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import pytest

from simulators.courses import Course, Courses
from simulators.parking import CarPark, Space
from stadspuls.clock import HOUR, MINUTE, to_us
from stadspuls.model import Origin
from stadspuls.registry import Registry, load_registry

THEME = """
slug: noise
names: {nl: Geluid}
descriptions: {nl: Geluid in straten}
kinds:
  meter: {names: {nl: Geluidsmeter}}
properties:
  laeq:
    names: {nl: LAeq}
    descriptions: {nl: Gemiddeld geluidsniveau}
    unit: dB
    type: number
    decimals: 1
    possible: {min: 0, max: 200}
    plausible: {min: 20, max: 120}
    sampling: periodic
    max_age: PT1H
  events:
    names: {nl: Pieken}
    descriptions: {nl: Aantal pieken}
    unit: "1"
    type: number
    decimals: 0
    sampling: periodic
    max_age: PT1H
  siren:
    names: {nl: Sirene}
    descriptions: {nl: Of er een sirene klinkt}
    unit: "1"
    type: boolean
    sampling: on-change
    max_age: PT1H
  source:
    names: {nl: Bron}
    descriptions: {nl: Waar het geluid vandaan komt}
    unit: "1"
    type: text
    sampling: on-change
    max_age: PT1H
"""
CITY = """
slug: gent
names: {nl: Gent}
publisher: {names: {nl: Stad Gent}}
contact: {name: Stad Gent}
time_zone: Europe/Brussels
centre: {latitude: 51.054, longitude: 3.717}
datasets:
  noise:
    titles: {nl: Geluid}
    descriptions: {nl: Verzonnen geluid}
    licence: http://creativecommons.org/publicdomain/zero/1.0/
    origin: simulated
    sites:
      - {id: corner, names: {nl: Hoek}, kind: meter, point: {latitude: 51.05, longitude: 3.72}}
    sensors:
      - {id: meter-1, site: corner, properties: [laeq, events, siren, source]}
      - {id: meter-2, site: corner, properties: [laeq]}
      - {id: label, site: corner, properties: [source]}
"""
TUESDAY = to_us(datetime.fromisoformat("2026-03-03T00:00:00+01:00"))
Of = Callable[[str, str], dict[str, Course]]


@pytest.fixture
def noise(tmp_path: Path) -> Registry:
    for folder, name, text in (("themes", "noise", THEME), ("cities", "gent", CITY)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / f"{name}.yaml").write_text(text)
    return load_registry(tmp_path / "cities", tmp_path / "themes")


def courses(registry: Registry, dataset: str, sensor: str, seed: int = 1) -> dict[str, Course]:
    return Courses(seed).of(registry.datasets[dataset], registry.datasets[dataset].sensors[sensor])


def test_a_new_theme_needs_no_code(noise: Registry) -> None:
    made = courses(noise, "gent/noise", "meter-1")
    assert set(made) == {"laeq", "events", "siren"}
    assert isinstance(made["siren"](TUESDAY), bool)
    assert courses(noise, "gent/noise", "label") == {}


def test_a_number_stays_in_its_plausible_range_and_is_louder_by_day(noise: Registry) -> None:
    course = courses(noise, "gent/noise", "meter-1")["laeq"]
    values = [float(course(TUESDAY + i * MINUTE)) for i in range(1440)]
    assert all(20 < value < 120 for value in values)
    assert max(abs(one - other) for one, other in pairwise(values)) < 2
    assert values[14 * 60] > values[3 * 60] + 5
    assert all(round(value, 1) == value for value in values)


def test_without_a_range_a_number_is_between_0_and_100_and_keeps_its_decimals(noise: Registry) -> None:
    course = courses(noise, "gent/noise", "meter-1")["events"]
    values = [float(course(TUESDAY + i * HOUR)) for i in range(72)]
    assert all(0 <= value <= 100 and value == int(value) for value in values)
    assert len(set(values)) > 5


def test_seed_and_sensor_make_the_course(noise: Registry) -> None:
    first = courses(noise, "gent/noise", "meter-1")["laeq"]
    assert first(TUESDAY) == courses(noise, "gent/noise", "meter-1")["laeq"](TUESDAY)
    others = {courses(noise, "gent/noise", "meter-1", seed=2)["laeq"], courses(noise, "gent/noise", "meter-2")["laeq"]}
    assert all(
        [other(TUESDAY + i * HOUR) for i in range(9)] != [first(TUESDAY + i * HOUR) for i in range(9)]
        for other in others
    )


def test_every_simulated_sensor_that_is_registered_has_all_its_courses(registry: Registry) -> None:
    maker = Courses(1)
    kinds = set()
    for dataset in registry.datasets.values():
        if dataset.origin is Origin.SIMULATED:
            for sensor in dataset.sensors.values():
                made = maker.of(dataset, sensor)
                assert tuple(made) == sensor.properties
                kinds |= {type(course) for course in made.values()}
                for name, course in made.items():
                    check_plausible(registry, dataset.name, sensor.site, name, course(TUESDAY))
    assert {CarPark, Space} < kinds


def check_plausible(registry: Registry, dataset: str, site: str, name: str, value: object) -> None:
    observed = registry.datasets[dataset].theme.properties[name]
    if observed.type == "boolean":
        assert isinstance(value, bool)
        return
    assert isinstance(value, int | float)
    assert observed.plausible is not None
    low, high = observed.plausible
    assert low <= value <= high
    if observed.plausible_max_capacity:
        assert value <= (registry.datasets[dataset].sites[site].capacity or 0)
