"""Embedded MQTT brokers as processes of a test, on free ports."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from deploy.embedded.mqtt import find_mosquitto, mosquitto_command
from stadspuls.settings import Settings, load_settings

DEADLINE = 30.0
BROKERS = ["mosquitto", "amqtt"]
_RUN_AMQTT = """
import sys, pathlib
from deploy.embedded.amqtt import run_amqtt
from stadspuls.service import stop_on_signal
from stadspuls.settings import load_settings
run_amqtt(load_settings(None, mqtt_port=int(sys.argv[1]), data_dir=pathlib.Path(sys.argv[2])), stop_on_signal())
"""


def until(condition: Callable[[], object], what: str, seconds: float = DEADLINE) -> None:
    """Poll until it holds; fails naming what did not come."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited {seconds} s for {what}"
        time.sleep(0.02)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def answers(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


class Broker:
    """One embedded broker that a test may stop, kill and start again."""

    def __init__(self, kind: str, folder: Path) -> None:
        if kind == "mosquitto" and not find_mosquitto():
            pytest.skip("mosquitto is not installed: install the package `mosquitto` to run this test")
        self.kind = kind
        self.settings: Settings = load_settings(None, mqtt_port=free_port(), data_dir=folder)
        self._log = folder / "broker.log"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def port(self) -> int:
        return self.settings.mqtt_port

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def log(self) -> str:
        return self._log.read_text()

    def start(self) -> None:
        if self.kind == "mosquitto":
            command = mosquitto_command(self.settings)
        else:
            command = [sys.executable, "-c", _RUN_AMQTT, str(self.port), str(self.settings.data_dir)]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(command, stderr=log, stdout=log)
        until(lambda: answers(self.port), f"{self.kind} on port {self.port}")

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """End the process; returns its exit code."""
        assert self._process is not None
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._process.pid, how)
        return self._process.wait(DEADLINE)


@contextlib.contextmanager
def running(kind: str, folder: Path) -> Iterator[Broker]:
    broker = Broker(kind, folder)
    broker.start()
    try:
        yield broker
    finally:
        broker.stop(signal.SIGKILL)
