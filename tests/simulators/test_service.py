"""The long-running processes against a real broker."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from simulators.service import run_replays, run_simulators
from stadspuls.model import Origin
from stadspuls.registry import Registry
from stadspuls.settings import ROOT, Settings
from tests.simulators.listener import Listener, wait_for

Run = Callable[[Settings, Registry, threading.Event], None]


class running:  # noqa: N801 - reads as what it is
    """Runs one of the processes in a thread until left."""

    def __init__(self, run: Run, settings: Settings, registry: Registry) -> None:
        self._stop = threading.Event()
        self._thread = threading.Thread(target=run, args=(settings, registry, self._stop))

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(20)
        assert not self._thread.is_alive()


def test_a_new_user_sees_every_simulated_sensor(broker: Settings, registry: Registry) -> None:
    expected = {
        f"{dataset.name}/{sensor}"
        for dataset in registry.datasets.values()
        if dataset.origin is Origin.SIMULATED
        for sensor in dataset.sensors
    }
    with Listener(broker) as listener, running(run_simulators, broker, registry):
        wait_for(lambda: {heard.topic for heard in listener.heard} == expected)


def test_by_default_the_car_parks_and_both_stations_are_replayed_now(broker: Settings, registry: Registry) -> None:
    car_parks = {f"gent/parking/{site}" for site in ("P1", "P2", "P4", "P7", "P8", "P10")}
    stations = {"antwerpen/air-quality/BETR801", "vlaanderen/air-quality/BETN029"}
    with Listener(broker) as listener, running(run_replays, broker, registry):
        wait_for(lambda: {heard.topic for heard in listener.heard} == car_parks | stations)
        wait_for(lambda: sum(heard.topic in stations for heard in listener.heard) > 48)


def test_a_recording_that_does_not_fit_is_left_out(
    settings: Settings, registry: Registry, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "broken.trig").write_text("<a>")
    folder = settings.model_copy(update={"recordings_dir": tmp_path})
    run_replays(folder, registry, threading.Event())
    assert "broken.trig:1: " in capsys.readouterr().out


def test_without_simulated_datasets_the_simulators_end(settings: Settings) -> None:
    run_simulators(settings, Registry({}, {}, "0"), threading.Event())


def test_the_recordings_of_the_project_are_the_default(settings: Settings) -> None:
    assert settings.recordings_dir == ROOT / "simulators" / "recordings"
