"""Kill -9 of the whole platform under load, again and again on the same folder: what the promise is then.

What the bridge has acknowledged is published exactly once, every published log is strictly increasing, and a rejection
is kept once for each time its message came in. What the MQTT broker loses when it is killed with the rest is its own:
it had told the sensors to have it, and had not given it to the bridge. While the broker lives, nothing is lost at all.

Five moments, or as many as STADSPULS_TEST_KILLS says.
"""

import os
import random
import subprocess
import threading
import time
from collections import Counter
from functools import partial
from pathlib import Path

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from benchmarks.cities import write_cities
from deploy.embedded.mqtt import find_mosquitto
from stadspuls.clock import rfc3339
from stadspuls.mqtt_access import bridge_client_id
from stadspuls.settings import load_settings
from store import StoreReader
from store.backends import open_reader
from store.protocol import RejectedQuery
from tests.deploy.brokers import BROKERS, running
from tests.platform.running import ROOT, Platform, eventually
from tests.platform.sensors import BrokerLog, Key, Sensors, verbose_mosquitto

KILLS = int(os.environ.get("STADSPULS_TEST_KILLS", "5"))
SEED = 20261124
FAR = 2**62


class Published:
    """What lies in the store, read without the platform."""

    def __init__(self, data_dir: Path, datasets: list[str]) -> None:
        self._datasets = datasets
        self._reader: StoreReader = open_reader(load_settings(None, data_dir=data_dir))

    def __enter__(self) -> "Published":
        return self

    def __exit__(self, *_: object) -> None:
        self._reader.close()

    def readings(self) -> Counter[tuple[str, str, str]]:
        """How often each dataset, sensor and instant was published, by the published log."""
        found: Counter[tuple[str, str, str]] = Counter()
        for dataset in self._datasets:
            last = 0
            for entry in self._reader.log(dataset, 0, FAR, limit=10**6):
                for o in entry.frame.observations:
                    assert o.published_at > last, f"{dataset} does not increase"
                    last = o.published_at
                    found[dataset, o.datastream.sensor, rfc3339(o.observed_at)] += 1
        return found

    def rejections(self) -> Counter[bytes]:
        return Counter(r.payload for r in self._reader.rejected(RejectedQuery(limit=10**6)))


def missing(published: Published, sensors: Sensors, keys: set[Key]) -> set[Key]:
    """Which of these messages have neither been published nor kept as rejected."""
    readings, rejections = published.readings(), published.rejections()
    return {
        key
        for key in keys
        if not (sensors.readings[key] in readings if key in sensors.readings else sensors.bad[key] in rejections)
    }


def more_than(before: int, published: Published) -> bool:
    return published.readings().total() > before


def report(**counts: int) -> None:
    print(", ".join(f"{name.replace('_', ' ')} {count}" for name, count in counts.items()))


@pytest.mark.platform
@pytest.mark.timeout(180 + 30 * KILLS)
def test_killing_everything_loses_nothing_that_the_bridge_has_acknowledged(tmp_path: Path) -> None:
    mosquitto = find_mosquitto()
    if mosquitto is None:
        pytest.skip("only Mosquitto says what the bridge has acknowledged: install the package `mosquitto`")
    chance = random.Random(SEED)  # noqa: S311 - the same moments in every run
    datasets = write_cities(tmp_path / "registry", partitions=4)
    platform = Platform(
        tmp_path / "data",
        CITIES_DIR=str(tmp_path / "registry" / "cities"),
        THEMES_DIR=str(tmp_path / "registry" / "themes"),
    )
    platform.environment["PATH"] = f"{verbose_mosquitto(tmp_path / 'bin', mosquitto)}:{os.environ['PATH']}"
    with Sensors(datasets, platform.mqtt_port) as sensors:
        for number in range(KILLS):
            platform.launch()
            # Some die while they start.
            if number % 4 != 3:
                eventually(platform.ready, 90)
            time.sleep(chance.uniform(0, 3))
            platform.kill_everything()
        platform.start()
        sensors.stop()
    try:
        with Published(platform.data_dir, datasets) as published:
            eventually(lambda: not missing(published, sensors, BrokerLog(platform.output).acknowledged), 120)
            eventually(lambda: platform.metric("stadspuls_spool_age_seconds") == 0)
            log = BrokerLog(platform.output)
            readings, rejections = published.readings(), published.rejections()
            lost = missing(published, sensors, sensors.acknowledged)
        assert platform.metric("stadspuls_log_gap_frames_total") == 0
        assert platform.metric("stadspuls_spool_damaged_total") == 0
    finally:
        platform.stop()
    report(
        kills=KILLS,
        sent=sensors.sent,
        acknowledged_by_the_broker=len(sensors.acknowledged),
        acknowledged_by_the_bridge=len(log.acknowledged),
        delivered_again=log.deliveries.total() - len(log.deliveries),
        published=readings.total(),
        rejected=rejections.total(),
        lost_by_the_broker=len(lost),
        lost_by_the_platform=len(lost & log.acknowledged),
    )
    assert len(log.acknowledged) > 100 * KILLS
    assert lost & log.acknowledged == set()
    assert set(readings.values()) == {1}
    for key, payload in sensors.bad.items():
        assert rejections[payload] <= log.deliveries[key]


class Processes:
    """Everything but the broker, each started as a container does it, and killed together."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._running: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        kafka = self._start("kafka", stdout=subprocess.PIPE)
        assert kafka.stdout is not None
        with kafka.stdout:
            self._platform.environment["STADSPULS_KAFKA_BOOTSTRAP"] = kafka.stdout.readline().decode().strip()
        for service in ("sink", "streams", "bridge"):
            self._start(service)

    def kill(self) -> None:
        for process in self._running:
            process.kill()
        for process in self._running:
            process.wait(30)
        self._running.clear()

    def _start(self, service: str, stdout: int | None = None) -> "subprocess.Popen[bytes]":
        with self._platform.output.open("ab") as output:
            process = subprocess.Popen(
                self._platform.command("run", service),
                env=self._platform.environment,
                cwd=ROOT,
                stdout=stdout or output,
                stderr=output,
            )
        self._running.append(process)
        return process


def sensors_after_a_bridge(datasets: list[str], port: int, data_dir: Path) -> Sensors:
    """Sensors at a broker that has known the bridge before: it keeps what comes while there is none."""
    client_id = bridge_client_id(load_settings(None, data_dir=data_dir))
    earlier = Client(CallbackAPIVersion.VERSION2, client_id, clean_session=False)
    subscribed = threading.Event()
    earlier.on_subscribe = lambda *_: subscribed.set()
    earlier.on_connect = lambda client, *_: client.subscribe("#", 1)
    earlier.connect("127.0.0.1", port)
    earlier.loop_start()
    assert subscribed.wait(30)
    earlier.disconnect()
    earlier.loop_stop()
    return Sensors(datasets, port)


@pytest.mark.platform
@pytest.mark.timeout(180 + 30 * KILLS)
@pytest.mark.parametrize("kind", BROKERS)
def test_killing_everything_but_the_broker_loses_nothing(tmp_path: Path, kind: str) -> None:
    chance = random.Random(SEED)  # noqa: S311 - the same moments in every run
    datasets = write_cities(tmp_path / "registry", partitions=4)
    (tmp_path / "broker").mkdir()
    with (
        running(kind, tmp_path / "broker") as broker,
        sensors_after_a_bridge(datasets, broker.port, tmp_path / "data") as sensors,
    ):
        platform = Platform(
            tmp_path / "data",
            MQTT_PORT=str(broker.port),
            CITIES_DIR=str(tmp_path / "registry" / "cities"),
            THEMES_DIR=str(tmp_path / "registry" / "themes"),
        )
        processes = Processes(platform)
        with Published(platform.data_dir, datasets) as published:
            for number in range(KILLS):
                before = published.readings().total()
                processes.start()
                # Some die while they start, the others well under way.
                if number % 4 != 3:
                    eventually(partial(more_than, before, published), 90)
                time.sleep(chance.uniform(0, 3))
                processes.kill()
            processes.start()
            sensors.stop()
            eventually(lambda: not missing(published, sensors, sensors.acknowledged), 120)
            readings = published.readings()
        processes.kill()
    report(kills=KILLS, sent=sensors.sent, acknowledged=len(sensors.acknowledged), published=readings.total(), lost=0)
    assert set(readings.values()) == {1}
    assert set(readings) == set(sensors.readings.values())
