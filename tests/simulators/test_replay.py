"""Replays through a real broker: each message once, in order."""

import threading
from pathlib import Path

import pytest

from simulators.formats import read_recording
from simulators.replay import ReplayCounts, replay
from stadspuls.clock import MINUTE, now_us, parse_rfc3339, to_datetime
from stadspuls.errors import BrokerError, RecordingError, SettingsError
from stadspuls.registry import Registry, load_registry
from stadspuls.settings import ROOT, Settings
from tests.simulators.listener import Listener, wait_for

RECORDINGS = ROOT / "simulators" / "recordings"
GHENT = RECORDINGS / "ghent-parking-2017-11-08.trig"
BORGERHOUT = RECORDINGS / "airbase-BETR801-no2-2012.tsv"


def test_the_recorded_car_parks_arrive_each_once_and_in_order(broker: Settings, registry: Registry) -> None:
    with Listener(broker) as listener:
        counts = replay(broker, registry, GHENT, speed=0, now=False, loop=False, stop=threading.Event())
        wait_for(lambda: len(listener.heard) >= 1260)
    assert counts == ReplayCounts(recorded=1260, sent=1260, acknowledged=1260)
    expected = [
        (
            reading.topic,
            {"time": to_datetime(reading.observed_at, reading.zone).isoformat(), **reading.values},
        )
        for reading in read_recording(GHENT, registry).readings
    ]
    assert listener.heard == expected


def test_an_hourly_series_as_if_now_ends_after_its_past_at_speed_zero(broker: Settings, registry: Registry) -> None:
    before = now_us()
    with Listener(broker) as listener:
        counts = replay(broker, registry, BORGERHOUT, speed=0, now=True, loop=False, stop=threading.Event())
        wait_for(lambda: len(listener.heard) >= counts.sent)
    assert 24 <= counts.sent == counts.acknowledged == len(listener.heard) <= 48
    instants = [parse_rfc3339(heard.payload["time"]) for heard in listener.heard]
    assert instants == sorted(set(instants))
    assert before - 49 * 60 * MINUTE <= instants[0] <= instants[-1] <= now_us()


def test_as_if_now_the_last_car_park_moment_is_now(broker: Settings, registry: Registry) -> None:
    before = now_us()
    with Listener(broker) as listener:
        replay(broker, registry, GHENT, speed=0, now=True, loop=False, stop=threading.Event())
        wait_for(lambda: len(listener.heard) >= 1260)
    assert before <= parse_rfc3339(listener.heard[-1].payload["time"]) <= now_us()


def test_stop_ends_a_slow_replay(broker: Settings, registry: Registry) -> None:
    stop = threading.Event()
    counts: list[ReplayCounts] = []
    thread = threading.Thread(
        target=lambda: counts.append(replay(broker, registry, GHENT, speed=1, now=True, loop=True, stop=stop))
    )
    with Listener(broker) as listener:
        thread.start()
        wait_for(lambda: len(listener.heard) >= 6)
        stop.set()
        thread.join(20)
    assert not thread.is_alive()
    assert counts == [ReplayCounts(recorded=1260, sent=6, acknowledged=6)]


@pytest.mark.parametrize(
    ("speed", "now", "mistake"),
    [(-1.0, True, "speed"), (float("nan"), True, "speed"), (1.0, False, "loop"), (0.0, True, "loop")],
)
def test_what_cannot_be_is_refused(
    settings: Settings, registry: Registry, speed: float, now: bool, mistake: str
) -> None:
    with pytest.raises(SettingsError, match=f"^{mistake}: "):
        replay(settings, registry, GHENT, speed=speed, now=now, loop=True, stop=threading.Event())


def test_a_broken_recording_is_refused_before_anything_is_sent(
    settings: Settings, registry: Registry, tmp_path: Path
) -> None:
    (tmp_path / "broken.trig").write_text("<a>")
    with pytest.raises(RecordingError, match=r"broken.trig:1: "):
        replay(settings, registry, tmp_path / "broken.trig", speed=0, now=False, loop=False, stop=threading.Event())


def test_an_absent_broker_ends_a_replay_in_time(
    settings: Settings, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("simulators.replay.GIVE_UP_AFTER", 0.2)
    with pytest.raises(BrokerError, match="is the platform running"):
        replay(settings, registry, GHENT, speed=0, now=False, loop=False, stop=threading.Event())


def test_old_values_never_pass_for_measured_now(settings: Settings, tmp_path: Path) -> None:
    registry = measured_registry(tmp_path)
    with pytest.raises(RecordingError, match="gent/parking has origin 'measured'"):
        replay(settings, registry, GHENT, speed=1, now=True, loop=False, stop=threading.Event())


def measured_registry(folder: Path) -> Registry:
    """The registered Ghent, said to be measured."""
    (folder / "cities").mkdir()
    text = (ROOT / "cities" / "gent.yaml").read_text()
    (folder / "cities" / "gent.yaml").write_text(text.replace("origin: replayed", "origin: measured"))
    return load_registry(folder / "cities", ROOT / "themes")
