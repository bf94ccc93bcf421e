"""A platform on the real servers that boards have something to show of: two cities, two days, a Prometheus."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest
from influxdb_client import InfluxDBClient

from stadspuls.clock import MINUTE, SECOND, now_us, rfc3339
from stadspuls.registry import Registry, load_registry
from stadspuls.settings import Settings
from tests.platform.conftest import NOISE_DATASET, NOISE_THEME
from tests.platform.running import ROOT, Platform, eventually, free_port
from tests.real.boards.day import readings_until
from tests.real.prometheus_server import Prometheus, prometheus
from tests.real.real_platform import platform_on

CITIES = ("gent", "kortrijk")


class Devices:
    """Two that go on sending, one over MQTT and one by the door, each reading at an instant of its own."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._key = platform.run("key", "new", "kortrijk").strip()
        self._at = now_us() // SECOND * SECOND - 40 * MINUTE

    def send(self) -> None:
        """One reading by each way."""
        self._at += SECOND
        reading = {"LAeq": 61.5}
        self._platform.publish([("kortrijk/noise/N1", {"time": rfc3339(self._at), **reading})])
        url = f"http://127.0.0.1:{self._platform.environment['STADSPULS_DOOR_PORT']}/kortrijk/noise/N1"
        headers = {"authorization": f"Bearer {self._key}"}
        later = {"time": rfc3339(self._at + SECOND // 2), **reading}
        with httpx.Client(trust_env=False, timeout=60) as client:
            assert client.post(url, json=later, headers=headers).status_code == 202


class Stage(NamedTuple):
    """What boards are made of and asked about."""

    settings: Settings
    registry: Registry
    platform: Platform
    metrics: Prometheus
    devices: Devices
    begun: int
    """When Prometheus began to look, in µs."""
    filled: int
    """The instant of the newest reading."""

    def influxdb(self) -> InfluxDBClient:
        """A client of the InfluxDB that the platform stores in."""
        token = self.settings.influx_token.get_secret_value()
        return InfluxDBClient(self.settings.influx_url, token, org=self.settings.influx_org, timeout=60_000)


@contextmanager
def staged(settings: Settings, folder: Path, request: pytest.FixtureRequest) -> Iterator[Stage]:
    """The platform, filled, while the block runs."""
    registry = two_cities(folder)
    given = {
        "CITIES_DIR": str(folder / "cities"),
        "THEMES_DIR": str(folder / "themes"),
        "DOOR_PORT": str(free_port()),
    }
    platform = platform_on(settings, folder / "data", **given)
    # They are read once a minute.
    platform.run("account", "certificates", "localhost")
    platform.run("key", "new", "gent", "--expires", "P30D")
    platform.start()
    try:
        with prometheus(folder / "prometheus", platform.http_port, request) as metrics, _a_listener(platform):
            begun = now_us()
            filled = _fill(platform, registry)
            yield Stage(settings, registry, platform, metrics, Devices(platform), begun, filled)
    finally:
        platform.stop()


def two_cities(folder: Path) -> Registry:
    """Two shipped cities, one of them with a theme more that no board was made for."""
    shutil.copytree(ROOT / "themes", folder / "themes")
    (folder / "themes" / "noise.yaml").write_text(NOISE_THEME)
    (folder / "cities").mkdir()
    for name in CITIES:
        shutil.copy(ROOT / "cities" / f"{name}.yaml", folder / "cities")
    with (folder / "cities" / "kortrijk.yaml").open("a") as city:
        city.write(NOISE_DATASET)
    return load_registry(folder / "cities", folder / "themes")


def _fill(platform: Platform, registry: Registry) -> int:
    """Two days of readings, the day of a week ago, and a message in every city that nobody can read."""
    now = now_us() // SECOND * SECOND
    good = readings_until(registry, now)
    platform.publish(
        [*((one.topic, one.payload) for one in good), *((f"{city}/parking/nobody", b"?") for city in CITIES)]
    )
    eventually(lambda: platform.metric("stadspuls_stored_observations_total") >= len(good), 120)
    eventually(lambda: platform.metric("stadspuls_rejected_total") >= len(CITIES), 60)
    return now


@contextmanager
def _a_listener(platform: Platform) -> Iterator[None]:
    """Somebody who follows a dataset."""
    url = f"http://127.0.0.1:{platform.http_port}/gent/parking/events"
    with httpx.Client(trust_env=False, timeout=60) as client, client.stream("GET", url) as answer:
        assert answer.status_code == 200
        # What is sent to it stays unread: it is little.
        yield
