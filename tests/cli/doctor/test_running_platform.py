"""Beside a running embedded platform: nothing is wrong with one that is well, and what fails is found."""

import json
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from cli.doctor.finding import Level
from deploy.embedded.mqtt import find_mosquitto
from stadspuls.clock import SECOND, now_us, rfc3339
from tests.cli.doctor.patient import EXPLAINED
from tests.platform.running import Platform, eventually

pytestmark = [pytest.mark.platform, pytest.mark.timeout(300)]
LIMIT = 60.0


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    running = Platform(tmp_path_factory.mktemp("doctor") / "data", FRAME_ENTRIES="1")
    running.start()
    yield running
    assert running.stop() == 0


def told(platform: Platform) -> list[tuple[str, dict[str, Any]]]:
    """What the doctor says but what is good, each with its check."""
    command = platform.command("doctor", "--json")
    done = subprocess.run(
        command, env=platform.environment, cwd=platform.data_dir.parent, capture_output=True, check=False, timeout=LIMIT
    )
    found = [
        (each["name"], finding)
        for each in json.loads(done.stdout)["checks"]
        for finding in each["findings"]
        if finding["level"] != Level.GOOD and finding.get("where") not in EXPLAINED
    ]
    assert done.returncode == any(finding["level"] == Level.WRONG for _, finding in found)
    return found


def of(platform: Platform, check: str) -> list[dict[str, Any]]:
    """What one check says: what was sent for another test is old by now, which the API tells of its dataset."""
    return [finding for name, finding in told(platform) if name == check]


def test_a_platform_that_is_well_has_no_fault(platform: Platform) -> None:
    eventually(lambda: not told(platform), LIMIT)


def test_an_api_that_hangs(platform: Platform) -> None:
    api = platform.service("api")
    assert isinstance(api, psutil.Process)
    api.suspend()
    try:
        assert [(name, finding["level"]) for name, finding in told(platform)] == [("api", Level.WRONG)]
    finally:
        api.resume()
    eventually(lambda: not told(platform), LIMIT)


def test_streams_that_stand_still(platform: Platform) -> None:
    streams = platform.service("streams")
    assert isinstance(streams, psutil.Process)
    streams.suspend()
    try:
        start = now_us() - 1000 * SECOND
        sensor = "leuven/air-quality/station-1"
        platform.publish([(sensor, {"time": rfc3339(start + n * SECOND), "no2": n}) for n in range(30)])
        (fault,) = eventually(lambda: of(platform, "lag"), LIMIT)
        assert "frames wait for streams, and no fewer" in fault["seen"]
        assert "stadspuls run streams" in fault["cure"]
    finally:
        streams.resume()
    eventually(lambda: not of(platform, "lag"), LIMIT)


@pytest.mark.skipif(find_mosquitto() is None, reason="only Mosquitto knows accounts")
def test_an_account_of_our_own_that_the_broker_does_not_know(platform: Platform) -> None:
    platform.run("account", "add", "gent")
    eventually(lambda: not of(platform, "mqtt"), LIMIT)
    file = platform.data_dir / "accounts" / "own.json"
    own = json.loads(file.read_text())
    own["stadspuls-bridge"]["password"] = "of another broker"
    file.write_text(json.dumps(own))
    (fault,) = of(platform, "mqtt")
    assert fault["where"].endswith(str(Path("accounts", "own.json")))
    assert "of another broker" not in json.dumps(fault)
    words = shlex.split(fault["command"])
    assert words == ["stadspuls", "account", "rotate", "stadspuls-bridge"]
    platform.run(*words[1:])
    eventually(lambda: not of(platform, "mqtt"), LIMIT)
