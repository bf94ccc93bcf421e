"""Some minutes of life for pictures: sensors that go on, readers, mistakes, and a process that dies."""

import subprocess
import sys
import time

from stadspuls.clock import SECOND, now_us
from tests.platform.running import ROOT
from tests.real.boards.stage import Stage

MINUTES = 6.0
_SETTLED_SECONDS = 45.0
"""After which what filled the platform is in no rate any more."""
_PACE_SECONDS = 2.0


def live(stage: Stage, minutes: float = MINUTES) -> int:
    """Let so many minutes go by: simulated sensors speak in their rhythms, with some trouble halfway.

    Returns:
        When what filled the platform before had no more influence, in µs.
    """
    command = [sys.executable, "-m", "cli.main", "run", "simulators"]
    with subprocess.Popen(command, env=stage.platform.environment, cwd=ROOT, stdout=subprocess.DEVNULL) as sensors:
        try:
            settled = now_us() + int(_SETTLED_SECONDS * SECOND)
            end = time.monotonic() + minutes * 60
            trouble = time.monotonic() + minutes * 30
            while time.monotonic() < end:
                _a_moment(stage)
                if time.monotonic() > trouble:
                    trouble = float("inf")
                    _trouble(stage)
                time.sleep(_PACE_SECONDS)
        finally:
            sensors.terminate()
    return settled


def _a_moment(stage: Stage) -> None:
    stage.devices.send()
    for path in ("/gent/parking/latest", "/kortrijk/air-quality/latest?format=geojson", "/catalog"):
        stage.platform.http.get(path)


def _trouble(stage: Stage) -> None:
    archive = stage.platform.service("archive")
    assert archive is not None
    archive.kill()
    stage.platform.publish([(f"kortrijk/parking/car-park-{number}", b"?") for number in range(1, 9)])
    stage.platform.publish([("kortrijk/parking/car-park-1", {"time": "2026-01-05T08:00:00Z", "vacantSpaces": -1})])
