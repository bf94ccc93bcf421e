"""When the simulated sensors speak: all at the start, then in turn, at most 50 a second together."""

import json
from collections import Counter, defaultdict
from itertools import pairwise, takewhile

import pytest

from simulators.cities import FIRST_VALUES, HEARTBEAT, MOST_PER_SECOND, SimulatedSensor, city_plan, simulated_sensors
from simulators.courses import Courses
from simulators.pacing import Due
from stadspuls.clock import HOUR, MINUTE, SECOND, parse_rfc3339
from stadspuls.model import Origin
from stadspuls.registry import Registry

START = parse_rfc3339("2026-03-03T07:00:00.123456Z")


def dues(registry: Registry, start: int, length: int, seed: int = 1) -> list[Due]:
    plan = city_plan(simulated_sensors(registry, seed))
    return list(takewhile(lambda due: due.at < start + length, plan(start)))


@pytest.fixture(scope="module")
def hour(registry: Registry) -> list[Due]:
    return dues(registry, START, HOUR)


def topics(registry: Registry) -> set[str]:
    return {
        f"{dataset.name}/{sensor}"
        for dataset in registry.datasets.values()
        if dataset.origin is Origin.SIMULATED
        for sensor in dataset.sensors
    }


def test_every_simulated_sensor_speaks_within_two_seconds(registry: Registry, hour: list[Due]) -> None:
    first = {due.topic for due in hour if due.at < START + 2 * SECOND}
    assert first == topics(registry)
    assert len(first) > 100


def test_only_simulated_datasets_are_made_up(registry: Registry, hour: list[Due]) -> None:
    origins = {registry.datasets["/".join(due.topic.split("/")[:2])].origin for due in hour}
    assert origins == {Origin.SIMULATED}


def test_messages_come_in_order_and_are_observed_when_they_are_sent(hour: list[Due]) -> None:
    assert all(one.at <= other.at for one, other in pairwise(hour))
    assert all(parse_rfc3339(json.loads(due.payload)["time"]) == due.at >= START for due in hour)
    assert len({(due.topic, due.at) for due in hour}) == len(hour)


def test_no_second_has_more_than_fifty_messages(hour: list[Due]) -> None:
    after_start = [due for due in hour if due.at > START + FIRST_VALUES]
    seconds = Counter((due.at - START) // SECOND for due in after_start)
    assert max(seconds.values()) <= MOST_PER_SECOND
    assert 1 < len(after_start) / 3600 <= MOST_PER_SECOND


def test_sensors_do_not_speak_all_at_once(hour: list[Due]) -> None:
    stations = {due.at % MINUTE for due in hour if "/station-" in due.topic and due.at > START + 2 * SECOND}
    counters = {due.at % (30 * SECOND) for due in hour if "/car-park-" in due.topic and due.at > START + 2 * SECOND}
    assert len(stations) > 15
    assert len(counters) > 15


def test_counters_speak_every_half_minute_stations_every_minute_spaces_at_least_every_ten(hour: list[Due]) -> None:
    gaps: dict[str, list[int]] = defaultdict(list)
    by_topic: dict[str, list[int]] = defaultdict(list)
    for due in hour:
        by_topic[due.topic].append(due.at)
    for topic, instants in by_topic.items():
        kind = topic.split("/")[2].split("-")[0]
        gaps[kind] += [other - one for one, other in pairwise(instants[1:])]
    assert set(gaps["car"]) == {30 * SECOND}
    assert set(gaps["station"]) == {MINUTE}
    assert max(gaps["street"]) <= HEARTBEAT[1]
    assert min(gaps["street"]) < HEARTBEAT[0], "a change is told at once"


@pytest.mark.parametrize("later", [7 * SECOND, 13 * MINUTE + 5 * SECOND])
def test_a_restart_goes_on_with_the_very_same_messages(registry: Registry, hour: list[Due], later: int) -> None:
    again = dues(registry, START + later, HOUR - later)
    begin = START + later + FIRST_VALUES
    assert [due for due in sorted(again) if due.at > begin] == [due for due in sorted(hour) if due.at > begin]


def test_another_seed_is_another_city(registry: Registry, hour: list[Due]) -> None:
    other = {due.topic: due.payload for due in dues(registry, START, 2 * SECOND, seed=2)}
    assert sum(other[due.topic] != due.payload for due in hour[: len(other)]) > len(other) / 2


def test_too_many_sensors_speak_more_rarely(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simulators.cities.MOST_PER_SECOND", 1.8)
    after_start = [due for due in dues(registry, START, HOUR) if due.at > START + FIRST_VALUES]
    assert len(after_start) / 3600 <= 1.8
    assert {due.topic for due in after_start} == topics(registry)


def test_a_declared_period_is_kept(registry: Registry) -> None:
    dataset = registry.datasets["kortrijk/air-quality"]
    sensor = next(iter(dataset.sensors.values()))
    assert sensor.period == MINUTE
    simulated = SimulatedSensor(1, dataset, sensor, Courses(1).of(dataset, sensor))
    assert simulated.next_after(simulated.next_after(START)) - simulated.next_after(START) == MINUTE


def test_with_nothing_to_simulate_the_plan_is_empty() -> None:
    assert list(city_plan([])(START)) == []
