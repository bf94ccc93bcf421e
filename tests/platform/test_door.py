"""The door of a whole platform: what it accepts is published once, however often it is killed or asked again."""

import contextlib
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from stadspuls.clock import SECOND, now_us, rfc3339
from tests.deploy.brokers import answers
from tests.platform.running import Platform, eventually, free_port

VICTIMS = ("door", "door", "kafka", "door", "streams", "door")
SENSORS = ("car-park-1", "car-park-2")


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[Platform]:
    running = Platform(tmp_path / "data", DOOR_PORT=str(free_port()), DOOR_RATE="10000")
    running.start()
    eventually(lambda: answers(int(running.environment["STADSPULS_DOOR_PORT"])), 60)
    try:
        yield running
    finally:
        running.stop()


class Device(threading.Thread):
    """Counts up, each reading at an instant of its own, sent until it is accepted, and some of them once more."""

    def __init__(self, url: str, key: str, sensor: str) -> None:
        super().__init__()
        self.accepted: dict[str, int] = {}
        self.again = 0
        self.failed = 0
        self.enough = threading.Event()
        self._url = f"{url}/kortrijk/parking/{sensor}"
        self._headers = {"authorization": f"Bearer {key}"}
        self._start = now_us() - 3600 * SECOND

    def run(self) -> None:
        with httpx.Client(headers=self._headers, timeout=30, trust_env=False) as client:
            while not self.enough.is_set():
                number = len(self.accepted)
                reading = {"time": rfc3339(self._start + number * SECOND), "vacantSpaces": number % 100}
                if not self._send(client, reading):
                    self.failed += 1
                    time.sleep(0.02)
                    continue
                self.accepted[str(reading["time"])] = number % 100
                if number % 7 == 0:
                    self.again += self._send(client, reading)

    def _send(self, client: httpx.Client, reading: dict[str, object]) -> bool:
        with contextlib.suppress(httpx.TransportError):
            return client.post(self._url, json=reading).status_code == 202
        return False


@pytest.mark.platform
@pytest.mark.timeout(400)
def test_killed_again_and_again_the_door_publishes_what_it_accepted_once(platform: Platform) -> None:
    key = platform.run("key", "new", "kortrijk").strip()
    url = f"http://127.0.0.1:{platform.environment['STADSPULS_DOOR_PORT']}"
    devices = [Device(url, key, sensor) for sensor in SENSORS]
    for device in devices:
        device.start()
    for victim in VICTIMS:
        await_more(devices)
        kill(platform, victim)
    await_more(devices)
    for device in devices:
        device.enough.set()
    for device in devices:
        device.join(60)
    eventually(platform.ready, 90)
    for device, sensor in zip(devices, SENSORS, strict=True):
        found = await_published(platform, sensor, set(device.accepted))
        assert {time: values for time, values in found.items() if len(values) != 1} == {}
        assert {time: found[time] for time in device.accepted} == {t: [float(v)] for t, v in device.accepted.items()}
        assert len(found) <= len(device.accepted) + 1
    assert key.split("_", 2)[2] not in platform.output.read_text()
    accepted, again = sum(len(device.accepted) for device in devices), sum(device.again for device in devices)
    failed = sum(device.failed for device in devices)
    print(f"accepted {accepted}, sent again {again}, failed {failed}, kills {len(VICTIMS)}")


def kill(platform: Platform, service: str) -> None:
    eventually(lambda: platform.service(service), 60).kill()


def await_more(devices: list[Device], more: int = 30) -> None:
    before = sum(len(device.accepted) for device in devices)
    eventually(lambda: sum(len(device.accepted) for device in devices) > before + more, 90)


def await_published(platform: Platform, sensor: str, times: set[str]) -> dict[str, list[float]]:
    eventually(lambda: published(platform, sensor).keys() >= times, 90)
    return published(platform, sensor)


def published(platform: Platform, sensor: str) -> dict[str, list[float]]:
    """The values of each instant that a sensor has published."""
    found: dict[str, list[float]] = {}
    for one in platform.history("kortrijk/parking", sensor=sensor, limit="10000"):
        found.setdefault(one["observedAt"], []).append(one["value"])
    return found


@pytest.mark.platform
def test_the_whole_platform_takes_a_message_by_http_and_says_what_is_wrong_with_others(platform: Platform) -> None:
    door = httpx.Client(
        base_url=f"http://127.0.0.1:{platform.environment['STADSPULS_DOOR_PORT']}",
        headers={"authorization": f"Bearer {platform.run('key', 'new', 'kortrijk').strip()}"},
        trust_env=False,
    )
    with door:
        observed = rfc3339(now_us())
        reading = {"time": observed, "vacantSpaces": 41}
        accepted = door.post("/kortrijk/parking/car-park-1", json=reading)
        assert (accepted.status_code, accepted.json()["topic"]) == (202, "kortrijk/parking/car-park-1")
        assert door.post("/kortrijk/parking/car-park-1", content=b"no JSON").status_code == 202
        assert door.post("/kortrijk/parking/nobody", json=reading).json()["code"] == "unknown-sensor"
        assert door.post("/gent/parking/P1", json=reading).json()["code"] == "forbidden"
        assert door.get("/health/live").status_code == 200
    [observation] = eventually(lambda: platform.latest("kortrijk/parking", sensor="car-park-1"))
    assert (observation["value"], observation["observedAt"]) == (41, observed)
    eventually(lambda: "is no JSON" in platform.run("rejected", "list", "--city", "kortrijk", "--json"))
    assert platform.metric("stadspuls_door_requests_total", status="202") == 2
    assert platform.metric("stadspuls_door_requests_total", status="403") == 1
