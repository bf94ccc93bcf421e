"""Kill any of our processes, Kafka or the database at any moment: nothing acknowledged is lost, none published twice.

Short by default; `make soak` runs three seeds of sixty faults each, and long outages.
"""

import os
import time

import pytest

from deploy.servers.running import Running
from stadspuls.clock import SECOND, now_us
from tests.real.faults.conftest import Say, StartPlatform
from tests.real.faults.outcome import outcome
from tests.real.faults.running import RealPlatform
from tests.real.faults.schedule import schedule
from tests.real.faults.sensors import Sensors
from tests.real.faults.slow import SlowProxy

SEEDS = [int(seed) for seed in os.environ.get("STADSPULS_SOAK_SEEDS", "1").split(",")]
FAULTS = int(os.environ.get("STADSPULS_SOAK_FAULTS", "10"))
INFLUX_AWAY, KAFKA_AWAY = (90, 60) if "STADSPULS_SOAK_SEEDS" in os.environ else (12, 12)
SLOW = 1.0 if "STADSPULS_SOAK_SEEDS" in os.environ else 0.2
"""Seconds that each answer of the slow InfluxDB comes late."""
RATE = 200

pytestmark = pytest.mark.timeout(0 if "STADSPULS_SOAK_SEEDS" in os.environ else 600)


def sensing(platform: RealPlatform, seed: int = 1, rate: float = RATE) -> Sensors:
    sensors = Sensors(platform.settings, platform.datasets, rate, seed)
    sensors.start()
    return sensors


@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_acknowledged_is_lost_and_nothing_is_published_twice(
    seed: int,
    start_platform: StartPlatform,
    say: Say,
) -> None:
    platform = start_platform()
    sensors = sensing(platform, seed)
    try:
        for fault in schedule(seed, FAULTS):
            say(fault)
            platform.suffer(fault)
        result = outcome(platform, sensors)
    finally:
        sensors.finish(1)
    say(f"seed {seed}, {FAULTS} faults: {result}")
    result.assert_kept()


@pytest.mark.parametrize(("name", "seconds"), [("influxdb", INFLUX_AWAY), ("kafka", KAFKA_AWAY)])
def test_a_server_that_is_away_for_long_costs_nothing(
    name: str,
    seconds: float,
    start_platform: StartPlatform,
    say: Say,
) -> None:
    platform = start_platform()
    sensors = sensing(platform)
    try:
        time.sleep(3)
        platform.servers[name].stop()
        before = platform.platform.metric("stadspuls_messages_acknowledged_total")
        time.sleep(seconds)
        drained = platform.platform.metric("stadspuls_messages_acknowledged_total") - before
        platform.servers[name].start()
        result = outcome(platform, sensors)
    finally:
        sensors.finish(1)
    say(f"{name} away {seconds} s, {drained:.0f} messages acknowledged meanwhile: {result}")
    assert drained > seconds * RATE / 2, "the bridge must go on taking what Mosquitto has"
    result.assert_kept()


def test_a_slow_database_is_waited_for(servers: dict[str, Running], start_platform: StartPlatform, say: Say) -> None:
    with SlowProxy(servers["influxdb"].port, SLOW) as proxy:
        platform = start_platform(INFLUX_URL=f"http://127.0.0.1:{proxy.port}")
        sensors = sensing(platform)
        try:
            time.sleep(10)
            result = outcome(platform, sensors)
        finally:
            sensors.finish(1)
    say(f"every answer of InfluxDB {SLOW} s late, {proxy.answers} answers: {result}")
    result.assert_kept()
    assert proxy.answers > 5


def test_what_a_killed_broker_loses_was_sent_just_before(start_platform: StartPlatform, say: Say) -> None:
    platform = start_platform()
    sensors = sensing(platform)
    kills: list[int] = []
    try:
        for _ in range(3):
            time.sleep(3)
            kills.append(now_us())
            platform.servers["mosquitto"].kill()
            platform.servers["mosquitto"].start()
        result = outcome(platform, sensors)
    finally:
        sensors.finish(1)
    say(f"Mosquitto killed 3 times, the bridge keeping up; lost by Mosquitto: {len(result.lost)}; {result}")
    assert dict(result.log.wrong) == {}
    assert all(any(0 <= kill - one.observed_at < 2 * SECOND for kill in kills) for one in result.lost)
