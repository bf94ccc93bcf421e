"""The promise's tests can fail: each scenario holds as the platform is, and breaks with one acknowledgement moved
forward, or with the fence of a zombie worker removed.

For streams, acknowledging input earlier changes nothing: a worker goes on behind the tail of its own output, whatever
Faust has committed. What guards it is the fence.
"""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.platform.running import ROOT, eventually
from tests.real.faults.conftest import Say, StartPlatform
from tests.real.faults.outcome import Outcome, outcome
from tests.real.faults.running import RealPlatform
from tests.real.faults.schedule import SESSION
from tests.real.faults.sensors import Sensors

MUTATED = Path(__file__).parent / "mutated"
BROKEN_SETTLE = 40
"""Seconds after which what has not come through will not come any more."""

pytestmark = pytest.mark.timeout(600)

Scenario = Callable[[RealPlatform, Path], None]


def a_sink_killed_while_the_database_hangs(platform: RealPlatform, _stall: Path) -> None:
    database = platform.servers["influxdb"]
    database.pause()
    time.sleep(3)
    kill(platform, "sink")
    database.resume()


def a_bridge_killed_in_the_middle_of_its_frames(platform: RealPlatform, _stall: Path) -> None:
    for _ in range(5):
        kill(platform, "bridge")
        time.sleep(1)


def a_worker_that_wakes_up_after_its_partitions_have_moved(platform: RealPlatform, stall: Path) -> None:
    worker = eventually(lambda: platform.process("streams-1"))
    stall.touch()
    eventually(lambda: worker.status() == "stopped")
    time.sleep(SESSION + 3)
    worker.resume()


def kill(platform: RealPlatform, service: str) -> None:
    victim = eventually(lambda: platform.process(service))
    victim.kill()
    eventually(lambda: (again := platform.process(service)) and again.pid != victim.pid)


SCENARIOS: list[tuple[Scenario, str, str]] = [
    (a_sink_killed_while_the_database_hangs, "", "sink-commits-first"),
    (a_bridge_killed_in_the_middle_of_its_frames, "", "bridge-acknowledges-first"),
    (a_worker_that_wakes_up_after_its_partitions_have_moved, "stall-before-send", "no-fence"),
]


def run(start_platform: StartPlatform, scenario: Scenario, mutations: list[str], folder: Path) -> Outcome:
    stall = folder / "stall"
    platform = start_platform(
        {
            "PYTHONPATH": f"{MUTATED}:{ROOT}",
            "STADSPULS_TEST_MUTATIONS": ",".join(filter(None, mutations)),
            "STADSPULS_TEST_STALL": str(stall),
        }
    )
    sensors = Sensors(platform.settings, platform.datasets, 300, seed=1)
    sensors.start()
    try:
        time.sleep(5)
        scenario(platform, stall)
        time.sleep(3)
        return outcome(platform, sensors, BROKEN_SETTLE, demand=not mutations[-1])
    finally:
        sensors.finish(1)


@pytest.mark.parametrize(("scenario", "setting", "mutation"), SCENARIOS, ids=[m for _, _, m in SCENARIOS])
@pytest.mark.parametrize("changed", [False, True], ids=["as-it-is", "changed"])
def test_a_scenario_holds_as_the_platform_is_and_breaks_with_one_thing_changed(
    *,
    scenario: Scenario,
    setting: str,
    mutation: str,
    changed: bool,
    start_platform: StartPlatform,
    tmp_path: Path,
    say: Say,
) -> None:
    result = run(start_platform, scenario, [setting, mutation if changed else ""], tmp_path)
    say(f"{scenario.__name__}{', ' + mutation if changed else ''}: {result}")
    if not changed:
        result.assert_kept()
        return
    with pytest.raises(AssertionError):
        result.assert_kept()
