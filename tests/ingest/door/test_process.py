"""The door as a process that is killed: what it has answered with 202 reaches Kafka, the first copies in order."""

import contextlib
import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import httpx
import pytest

from stadspuls.keys import KeyFile, Scope
from stadspuls.log import partition_of
from stadspuls.settings import load_settings
from tests.deploy.brokers import DEADLINE, answers, free_port, until
from tests.ingest.stage import Kafka, arrivals, first_seen, running_kafka, settings_for

KILLS = 4
RUN = """
import sys, pathlib
from ingest.door.service import run_door
from stadspuls.settings import load_settings
from tests.streams.small_city import small_registry
settings = load_settings(
    None, door_port=int(sys.argv[1]), kafka_bootstrap=sys.argv[2], data_dir=pathlib.Path(sys.argv[3]), door_rate=10000
)
run_door(settings, small_registry())
"""
TOPIC = "gent/parking/P1"


@pytest.fixture(scope="module")
def kafka() -> Iterator[Kafka]:
    with running_kafka() as found:
        yield found


class DoorProcess:
    def __init__(self, kafka: Kafka) -> None:
        self.port = free_port()
        self._arguments = [str(self.port), kafka.address, str(kafka.folder)]
        self.key = KeyFile(load_settings(None, data_dir=kafka.folder).keys_path).make("gent", [Scope.INGEST])
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen([sys.executable, "-c", RUN, *self._arguments])
        until(lambda: answers(self.port), "the door", 60)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(DEADLINE)

    def stop(self) -> int:
        self.process.terminate()
        return self.process.wait(DEADLINE)


@contextlib.contextmanager
def door(kafka: Kafka) -> Iterator[DoorProcess]:
    running = DoorProcess(kafka)
    try:
        yield running
    finally:
        running.kill()


class Device(threading.Thread):
    """Sends numbered messages one after the other, each until it is accepted."""

    def __init__(self, door: DoorProcess, name: str) -> None:
        super().__init__()
        self.accepted: list[bytes] = []
        self.enough = threading.Event()
        self._door = door
        self._name = name

    def run(self) -> None:
        headers = {"authorization": f"Bearer {self._door.key}"}
        with httpx.Client(headers=headers, timeout=DEADLINE, trust_env=False) as client:
            while not self.enough.is_set():
                payload = b"%s %06d" % (self._name.encode(), len(self.accepted))
                with contextlib.suppress(httpx.TransportError):
                    if client.post(f"http://127.0.0.1:{self._door.port}/{TOPIC}", content=payload).status_code == 202:
                        self.accepted.append(payload)
                        continue
                time.sleep(0.01)


def await_more(devices: list[Device], more: int = 30) -> None:
    before = sum(len(device.accepted) for device in devices)
    until(lambda: sum(len(device.accepted) for device in devices) > before + more, "accepted messages", 60)


@pytest.mark.timeout(300)
def test_killed_again_and_again_it_loses_nothing_that_it_has_accepted(kafka: Kafka) -> None:
    chance = random.Random(7)  # noqa: S311 - the same moments in every run
    with arrivals(settings_for(kafka)) as found, door(kafka) as running:
        devices = [Device(running, f"device-{number}") for number in range(3)]
        for device in devices:
            device.start()
        for _ in range(KILLS):
            await_more(devices)
            time.sleep(chance.random() / 5)
            running.kill()
            running.start()
        for device in devices:
            device.enough.set()
            device.join(60)
        wanted = {payload for device in devices for payload in device.accepted}
        until(lambda: wanted <= set(found.read().payloads), "everything accepted", 60)
        assert {partition for partition, _, _ in found.frames} == {partition_of("gent/parking", 4)}
        for device in devices:
            mine = set(device.accepted)
            assert [p for p in first_seen(found.payloads) if p in mine] == device.accepted
        print(f"accepted {len(wanted)}, arrived {len(found.payloads)}, kills {KILLS}")


def test_while_kafka_is_silent_it_accepts_by_the_disk_and_a_stop_is_clean(kafka: Kafka) -> None:
    with arrivals(settings_for(kafka)) as found, door(kafka) as running:
        kafka.stall()
        try:
            headers = {"authorization": f"Bearer {running.key}"}
            url = f"http://127.0.0.1:{running.port}/{TOPIC}"
            answer = httpx.post(url, content=b"in the dark", headers=headers, timeout=DEADLINE, trust_env=False)
            assert answer.status_code == 202
        finally:
            kafka.go_on()
        until(lambda: b"in the dark" in found.read().payloads, "the message")
        assert running.stop() == 0


def test_two_doors_do_not_share_a_spool(kafka: Kafka) -> None:
    with door(kafka) as running:
        second = subprocess.run(
            [sys.executable, "-c", RUN, str(free_port()), *running._arguments[1:]],
            capture_output=True,
            check=False,
            timeout=60,
        )
        assert second.returncode == 1
        assert b"SpoolError" in second.stderr
