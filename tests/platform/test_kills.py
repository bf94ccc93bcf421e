"""Kill -9 of bridge, streams, sink and API in turn, ten times each, while recordings are replayed."""

import random
import subprocess
import time
from pathlib import Path

import psutil
import pytest

from tests.platform.running import ROOT, Platform, eventually
from tests.platform.test_recordings import GHENT, RECORDINGS, Row, airbase_rows, ghent_rows, stored_rows

BORGERHOUT = RECORDINGS / "airbase-BETR801-no2-2012.tsv"
SERVICES = ("bridge", "streams", "sink", "api")
ROUNDS = 10
SEED = 20171108


def replaying(platform: Platform, file: Path, speed: float) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        platform.command("replay", str(file), "--speed", str(speed)), env=platform.environment, cwd=ROOT
    )


def kill(platform: Platform, service: str) -> None:
    """Kill a service and wait until the supervisor has started it again."""
    victim = eventually(lambda: platform.service(service))
    victim.kill()

    def back() -> psutil.Process | None:
        again = platform.service(service)
        return again if again is not None and again.pid != victim.pid else None

    eventually(back)


def complete(platform: Platform, dataset: str, rows: set[Row]) -> list[Row]:
    """The stored rows, once there are as many as were recorded."""
    return eventually(lambda: (found := stored_rows(platform, dataset)) and len(found) >= len(rows) and found, 120)


@pytest.mark.platform
@pytest.mark.timeout(600)
def test_killing_the_in_memory_kafka_loses_and_doubles_nothing(own_platform: Platform) -> None:
    """What it had and the store had not comes again from the bridge's spool, into its successor."""
    platform = own_platform
    chance = random.Random(SEED)  # noqa: S311 - the moments of the kills, the same in every run
    replay = replaying(platform, GHENT, 100)
    try:
        for _ in range(3):
            time.sleep(chance.uniform(1, 5))
            kill(platform, "kafka")
            eventually(platform.ready, 90)
        assert replay.wait(300) == 0
    finally:
        replay.kill()
    stored = complete(platform, "gent/parking", ghent_rows())
    assert len(stored) == len(ghent_rows())
    assert set(stored) == ghent_rows()
    assert platform.metric("stadspuls_log_gap_frames_total") == 0


@pytest.mark.platform
@pytest.mark.timeout(600)
def test_killing_each_service_ten_times_loses_and_doubles_nothing(own_platform: Platform) -> None:
    platform = own_platform
    chance = random.Random(SEED)  # noqa: S311 - the moments of the kills, the same in every run
    # Both replays last about as long as the kills take.
    replays = [replaying(platform, GHENT, 50), replaying(platform, BORGERHOUT, 250_000)]
    try:
        for _ in range(ROUNDS):
            for service in SERVICES:
                time.sleep(chance.uniform(0, 3))
                kill(platform, service)
        for replay in replays:
            assert replay.wait(300) == 0
    finally:
        for replay in replays:
            replay.kill()
    eventually(platform.ready)
    for dataset, rows in (("gent/parking", ghent_rows()), ("antwerpen/air-quality", airbase_rows(BORGERHOUT))):
        stored = complete(platform, dataset, rows)
        assert len(stored) == len(rows)
        assert set(stored) == rows
    assert platform.metric("stadspuls_log_gap_frames_total") == 0
    published = platform.metric("stadspuls_readings_total", outcome="published")
    assert published >= len(ghent_rows()), "the counters of killed processes count on"
