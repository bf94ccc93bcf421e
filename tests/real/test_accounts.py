"""The real profile on a Mosquitto that knows accounts alone: ours by TLS, a city in its tree and no further."""

import gc
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.accounts.certificates import make_certificates
from deploy.accounts.issuing import Issued, issue, withdraw
from deploy.embedded.mqtt import find_mosquitto
from deploy.servers.mosquitto import Mosquitto
from deploy.servers.ports import free_port
from deploy.servers.running import Running
from stadspuls.clock import now_us, rfc3339
from stadspuls.settings import Profile, Settings, load_settings
from tests.platform.running import Platform, eventually
from tests.real.real_platform import platform_on
from tests.real.serving import installed

LIMIT = 60.0
CITIES = ("gent", "aalst")


@pytest.fixture
def broker(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Settings]:
    """A Mosquitto as `servers start` runs it, with TLS and two accounts."""
    installed("mosquitto", request)
    assert find_mosquitto()
    settings = load_settings(
        None, profile=Profile.REAL, data_dir=tmp_path / "data", mqtt_port=free_port(), mqtt_tls_port=free_port()
    )
    make_certificates(settings, ["127.0.0.1"])
    for city in CITIES:
        issue(settings, city, f"{city}-kept", CITIES)
    folder = settings.data_dir / "servers" / "mosquitto"
    with Running(Mosquitto(settings), folder, settings.mqtt_port):
        yield settings


@pytest.fixture
def platform(broker: Settings, real_settings: Settings) -> Iterator[Platform]:
    """It reaches that broker by TLS, as one that is elsewhere."""
    by_tls = {
        "MQTT_PORT": str(broker.mqtt_tls_port),
        "MQTT_TLS": "1",
        "MQTT_CA": str(broker.data_dir / "accounts" / "ca.pem"),
    }
    platform = platform_on(real_settings, broker.data_dir, **by_tls)
    platform.start()
    yield platform
    assert platform.stop() == 0
    gc.collect()


def send(broker: Settings, account: Issued, topic: str, value: int) -> str:
    """What `mosquitto_pub` has to say; nothing when all went well."""
    ca = str(broker.data_dir / "accounts" / "ca.pem")
    message = f'{{"time": "{rfc3339(now_us())}", "vacantSpaces": {value}}}'
    where = ["--cafile", ca, "-h", "127.0.0.1", "-p", str(broker.mqtt_tls_port), "-V", "5", "-q", "1"]
    command = ["mosquitto_pub", *where, "-u", account.name, "-P", account.password, "-t", topic, "-m", message]
    return subprocess.run(command, capture_output=True, text=True, timeout=LIMIT, check=False).stderr


def test_a_citys_readings_are_published_and_those_it_says_of_another_are_not(
    broker: Settings, platform: Platform
) -> None:
    gent, aalst = (issue(broker, city, city, CITIES) for city in CITIES)
    assert gent.told
    eventually(lambda: not send(broker, gent, "gent/parking/P1", 161), LIMIT)
    eventually(lambda: 161 in {each["value"] for each in platform.latest("gent/parking")}, LIMIT)
    assert "Not authorized" in send(broker, gent, "aalst/parking/car-park-1", 162)
    assert not send(broker, aalst, "aalst/parking/car-park-1", 163)
    eventually(lambda: platform.latest("aalst/parking"), LIMIT)
    assert {each["value"] for each in platform.history("aalst/parking")} == {163}
    withdraw(broker, "gent")
    eventually(lambda: "Not authorized" in send(broker, gent, "gent/parking/P1", 164), LIMIT)
    assert not send(broker, aalst, "aalst/parking/car-park-1", 165)
    eventually(lambda: 165 in {each["value"] for each in platform.latest("aalst/parking")}, LIMIT)
