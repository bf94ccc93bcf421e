"""The load generator: a fixed rate, bounded, and an honest report."""

import threading
from collections import Counter

import pytest

from simulators.load import run_load
from stadspuls.clock import now_us, parse_rfc3339
from stadspuls.errors import SettingsError
from stadspuls.registry import Registry
from stadspuls.settings import Settings
from tests.simulators.listener import Listener, wait_for


def test_exactly_what_was_offered_arrives(broker: Settings, registry: Registry) -> None:
    with Listener(broker) as listener:
        begin = now_us()
        report = run_load(broker, registry, rate=200, seconds=1, sensors=50)
        end = now_us()
        wait_for(lambda: len(listener.heard) >= 200)
    assert (report.offered, report.sent, report.acknowledged) == (200, 200, 200)
    assert report.rate == pytest.approx(200 / report.seconds)
    assert Counter(heard.topic for heard in listener.heard) == {f"gent/load/S{n:04d}": 4 for n in range(1, 51)}
    assert set(listener.heard[0].payload) == {"time", "v1", "v2", "v3"}
    times = [parse_rfc3339(heard.payload["time"]) for heard in listener.heard]
    assert all(begin <= time <= end for time in times)
    assert times == sorted(times)


def test_a_dataset_gives_its_sensors_and_plausible_numbers(broker: Settings, registry: Registry) -> None:
    with Listener(broker) as listener:
        run_load(broker, registry, rate=100, seconds=0.5, values=2, datasets=["gent/air-quality"])
        wait_for(lambda: len(listener.heard) >= 50)
    dataset = registry.datasets["gent/air-quality"]
    assert {heard.topic for heard in listener.heard} == {f"gent/air-quality/{sensor}" for sensor in dataset.sensors}
    for heard in listener.heard:
        values = {name: value for name, value in heard.payload.items() if name != "time"}
        assert tuple(values) == dataset.sensors[heard.topic.split("/")[2]].properties[:2]
        for name, value in values.items():
            low, high = dataset.theme.properties[name].plausible or (0, 0)
            assert low < value < high


def test_a_pattern_in_a_known_dataset_takes_the_numbers_of_its_theme(broker: Settings, registry: Registry) -> None:
    with Listener(broker) as listener:
        run_load(broker, registry, rate=20, seconds=0.5, sensors=2, topic="gent/air-quality/load-{n}")
        wait_for(lambda: len(listener.heard) >= 10)
    assert {heard.topic for heard in listener.heard} == {"gent/air-quality/load-1", "gent/air-quality/load-2"}
    assert all(set(heard.payload) == {"time", "no2", "pm10", "pm25"} for heard in listener.heard)


def test_stop_ends_it_early(broker: Settings, registry: Registry) -> None:
    stop = threading.Event()
    stop.set()
    report = run_load(broker, registry, rate=100, seconds=60, stop=stop)
    assert (report.offered, report.sent) == (6000, 0)


@pytest.mark.parametrize(("values", "sensors"), [(0, 1), (1, 0)])
def test_messages_need_values_and_sensors(settings: Settings, registry: Registry, values: int, sensors: int) -> None:
    with pytest.raises(SettingsError, match="values, sensors"):
        run_load(settings, registry, 1, 1, values=values, sensors=sensors)


@pytest.mark.parametrize(
    ("rate", "seconds", "mistake"),
    [
        (0, 1, "rate, seconds"),
        (1, -1, "rate, seconds"),
        (float("nan"), 1, "rate, seconds"),
        (1e9, 1e9, "rate, seconds"),
        (1, 1, "no city file has 'gent/nothing'"),
    ],
)
def test_figures_that_cannot_be_used_are_refused(
    settings: Settings, registry: Registry, rate: float, seconds: float, mistake: str
) -> None:
    with pytest.raises(SettingsError, match=mistake):
        run_load(settings, registry, rate, seconds, datasets=["gent/nothing"])
