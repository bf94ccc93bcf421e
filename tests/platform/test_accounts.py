"""A city's account on a whole embedded platform: handed over, used over TLS, taken back; as its operator does it."""

import json
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.embedded.mqtt import find_mosquitto
from stadspuls.clock import now_us, rfc3339
from tests.platform.running import Platform, eventually, free_port

LIMIT = 60.0


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[Platform]:
    """One that has not started."""
    if not find_mosquitto():
        pytest.skip("mosquitto is not installed: install the package `mosquitto` to run this test")
    platform = Platform(tmp_path / "data")
    yield platform
    assert platform.stop() == 0


def try_line(handed_over: str) -> list[str]:
    """The command that a city is given to try its account."""
    (line,) = re.findall(r"^try +(.*)$", handed_over, re.MULTILINE)
    return shlex.split(line)


def send(command: list[str], topic: str, value: int) -> subprocess.CompletedProcess[str]:
    """Do what a city does with that command: fill in topic and message."""
    filled = [*command[: command.index("-t")], "-t", topic, "-m"]
    message = json.dumps({"time": rfc3339(now_us()), "vacantSpaces": value})
    return subprocess.run([*filled, message], capture_output=True, text=True, timeout=LIMIT, check=False)


def newest(platform: Platform, dataset: str) -> set[float]:
    return {each["value"] for each in platform.latest(dataset)}


@pytest.mark.platform
def test_a_city_sends_over_tls_with_what_it_was_handed_until_its_account_is_revoked(platform: Platform) -> None:
    tls_port = free_port()
    platform.environment["STADSPULS_MQTT_TLS_PORT"] = str(tls_port)
    platform.run("account", "certificates")
    gent = try_line(platform.run("account", "add", "gent"))
    kortrijk = try_line(platform.run("account", "add", "kortrijk"))
    platform.start()
    assert gent[gent.index("-p") + 1] == str(tls_port)
    assert "--cafile" in gent
    assert send(gent, "gent/parking/P1", 141).returncode == 0
    eventually(lambda: 141 in newest(platform, "gent/parking"), LIMIT)
    assert "Not authorized" in send(kortrijk, "gent/parking/P1", 142).stderr
    assert send(gent, "gent/parking/P1", 143).returncode == 0
    eventually(lambda: 143 in newest(platform, "gent/parking"), LIMIT)
    assert 142 not in {each["value"] for each in platform.history("gent/parking")}
    # What the platform itself sends comes in, too.
    sent = platform.run("load", "--rate", "20", "--seconds", "1", "--dataset", "kortrijk/parking")
    assert "20 sent, 20 acknowledged" in sent
    eventually(lambda: newest(platform, "kortrijk/parking"), LIMIT)
    platform.run("account", "revoke", "gent")
    eventually(lambda: send(gent, "gent/parking/P1", 144).returncode != 0, LIMIT)
    assert send(kortrijk, "kortrijk/parking/car-park-1", 145).returncode == 0
    eventually(lambda: 145 in newest(platform, "kortrijk/parking"), LIMIT)
    assert f"mqtts://127.0.0.1:{tls_port}" in platform.output.read_text()


@pytest.mark.platform
def test_a_first_account_closes_a_running_platform_to_all_others(platform: Platform) -> None:
    platform.start()
    assert platform.service("mqtt") is None  # it is Mosquitto itself, in the place of our process
    platform.publish([("gent/parking/P1", {"time": rfc3339(now_us()), "vacantSpaces": 151})])
    eventually(lambda: 151 in newest(platform, "gent/parking"), LIMIT)
    gent = try_line(platform.run("account", "add", "gent"))
    nobody = ["mosquitto_pub", "-h", "127.0.0.1", "-p", str(platform.mqtt_port), "-q", "1", "-t"]
    eventually(lambda: send(nobody, "gent/parking/P1", 152).returncode != 0, LIMIT)

    def comes_through() -> bool:
        """Sent again, since the bridge may just be coming in with its new account."""
        assert send(gent, "gent/parking/P1", 153).returncode == 0
        return 153 in newest(platform, "gent/parking")

    eventually(comes_through, LIMIT)


@pytest.mark.platform
def test_a_first_account_loses_nothing(platform: Platform) -> None:
    platform.start()
    bridge = platform.service("bridge")
    assert bridge is not None
    bridge.suspend()
    values = range(200, 250)
    platform.publish(("gent/parking/P1", {"time": rfc3339(now_us()), "vacantSpaces": value}) for value in values)
    gent = try_line(platform.run("account", "add", "gent"))
    # At once: the bridge need not come in anew.
    assert send(gent, "gent/parking/P1", 250).returncode == 0
    bridge.resume()
    eventually(lambda: len(platform.history("gent/parking", sensor="P1")) == len(values) + 1, LIMIT)
    assert [o["value"] for o in platform.history("gent/parking", sensor="P1")] == [*values, 250]
