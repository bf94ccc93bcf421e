"""Kill any of our processes, Kafka or the database at any moment: nothing acknowledged is lost, none published twice.

A short run by default; `make soak` runs three seeds of sixty faults each.
"""

import os
from pathlib import Path

import pytest

from store.backends import open_reader
from tests.platform.running import eventually
from tests.real.faults.running import RealPlatform, real_platform
from tests.real.faults.schedule import schedule
from tests.real.faults.sensors import Sensors
from tests.real.faults.verdict import LogReader, stored
from tests.real.serving import StartServer

SEEDS = [int(seed) for seed in os.environ.get("STADSPULS_SOAK_SEEDS", "1").split(",")]
FAULTS = int(os.environ.get("STADSPULS_SOAK_FAULTS", "10"))
RATE = 200
SETTLE = 180
"""Seconds in which everything must have come through after the last fault."""


def settled(platform: RealPlatform, sensors: Sensors) -> LogReader:
    """The published log once every message frame has its output, and the store once it holds as much."""
    log = LogReader(platform.settings)
    eventually(log.whole, SETTLE)
    reader = open_reader(platform.settings)
    eventually(lambda: len(stored(reader, platform.datasets)) >= len(log.log.published), SETTLE)
    reader.close()
    return log


def counts(sensors: Sensors, log: LogReader, *, seed: int, lost: int, extra: int) -> str:
    return (
        f"seed {seed}: {FAULTS} faults, {len(sensors.sent)} readings sent and {sensors.repeated} sent twice, "
        f"{len(log.log.published)} published, {lost} lost, {extra} not sent, wrong in the log: {dict(log.log.wrong)}"
    )


@pytest.mark.timeout(0)
@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_acknowledged_is_lost_and_nothing_is_published_twice(
    seed: int, start_server: StartServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    servers = {name: start_server(name) for name in ("mosquitto", "kafka", "influxdb")}
    platform = real_platform(tmp_path, servers)
    platform.start()
    sensors = Sensors(platform.settings, platform.datasets, RATE, seed)
    sensors.start()
    try:
        for fault in schedule(seed, FAULTS):
            with capsys.disabled():
                print(f"  {fault}", flush=True)
            platform.suffer(fault)
    finally:
        sensors.finish()
    try:
        assert sensors.unacknowledged == 0
        # What the broker has acknowledged may still be on its way into the log.
        eventually(lambda: platform.platform.metric("stadspuls_messages_in_flight") == 0)
        log = settled(platform, sensors)
        reader = open_reader(platform.settings)
        found = stored(reader, platform.datasets)
        reader.close()
    finally:
        platform.stop()
    lost = sensors.sent.keys() - found.keys()
    extra = found.keys() - sensors.sent.keys()
    with capsys.disabled():
        print(counts(sensors, log, seed=seed, lost=len(lost), extra=len(extra)), flush=True)
    assert dict(log.log.wrong) == {}
    assert log.log.published == sensors.sent
    assert found == sensors.sent
