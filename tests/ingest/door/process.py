"""The door as a process that a test may kill, and devices that send to it."""

import contextlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import httpx

from stadspuls.keys import KeyFile, Scope
from stadspuls.settings import PREFIX, Settings
from tests.deploy.brokers import DEADLINE, answers, free_port, until

TOPIC = "gent/parking/P1"
COMMAND = [sys.executable, "-m", "cli.main", "run", "door"]


def environment_for(settings: Settings, port: int) -> dict[str, str]:
    """What makes a door process belong to these settings."""
    given = {
        name: str(getattr(settings, name)) for name in ("profile", "kafka_bootstrap", "topic_prefix", "data_dir")
    } | {"door_port": str(port), "door_rate": "10000"}
    clean = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    return clean | {PREFIX + name.upper(): value for name, value in given.items()}


class DoorProcess:
    def __init__(self, settings: Settings) -> None:
        self.port = free_port()
        self.key = KeyFile(settings.keys_path).make("gent", [Scope.INGEST])
        self._environment = environment_for(settings, self.port)
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(COMMAND, env=self._environment)
        until(lambda: answers(self.port), "the door", 60)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(DEADLINE)

    def stop(self) -> int:
        self.process.terminate()
        return self.process.wait(DEADLINE)


@contextlib.contextmanager
def door(settings: Settings) -> Iterator[DoorProcess]:
    running = DoorProcess(settings)
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
