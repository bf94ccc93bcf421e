"""A platform for measuring: its own folder, ports and in-memory Kafka, whose address a subscriber can use."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import BinaryIO
from urllib.error import URLError
from urllib.request import urlopen

import psutil

STADSPULS = str(Path(sys.executable).with_name("stadspuls"))
START_LIMIT = 60.0


class MeasuredPlatform:
    """Runs from `__enter__` to `__exit__`."""

    def __init__(self, folder: Path, broker: str) -> None:
        self.http_port, self.mqtt_port = _free_port(), _free_port()
        self.environment = os.environ | {
            "STADSPULS_HTTP_PORT": str(self.http_port),
            "STADSPULS_MQTT_PORT": str(self.mqtt_port),
            "STADSPULS_MQTT_BROKER": broker,
            "STADSPULS_DATA_DIR": str(folder / f"data-{broker}"),
            "STADSPULS_CITIES_DIR": str(folder / "cities"),
            "STADSPULS_THEMES_DIR": str(folder / "themes"),
            "STADSPULS_SIMULATE": "0",
            "STADSPULS_LOG_LEVEL": "warn",
        }
        self._log = (folder / f"{broker}.log").open("wb")
        self.bootstrap = ""
        self._kafka: subprocess.Popen[bytes] | None = None
        self._platform: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "MeasuredPlatform":
        self._kafka = self._start("run", "kafka", stdout=subprocess.PIPE)
        assert self._kafka.stdout is not None  # noqa: S101 - it was asked for
        self.bootstrap = self._kafka.stdout.readline().decode().strip()
        self.environment["STADSPULS_KAFKA_BOOTSTRAP"] = self.bootstrap
        self._platform = self._start("up", stdout=self._log)
        deadline = time.monotonic() + START_LIMIT
        while not self._ready():
            if time.monotonic() > deadline or self._platform.poll() is not None:
                raise RuntimeError(f"the platform did not start; see {self._log.name}")
            time.sleep(0.1)
        return self

    def __exit__(self, *_: object) -> None:
        for process in (self._platform, self._kafka):
            if process is not None:
                process.send_signal(signal.SIGTERM)
                process.wait(60)
        self._log.close()

    def load(self, datasets: list[str], rate: float, seconds: float) -> str:
        """Offer load; what the generator says of it."""
        chosen = [word for name in datasets for word in ("--dataset", name)]
        command = [STADSPULS, "load", "--rate", str(rate), "--seconds", str(seconds), *chosen]
        done = subprocess.run(command, env=self.environment, check=True, capture_output=True, text=True)  # noqa: S603
        return done.stdout.strip()

    def stored(self) -> int:
        """Observations the sink has stored since the start."""
        return round(
            sum(float(value) for value in re.findall(r"^stadspuls_stored_obser\S+ (\S+)$", self._metrics(), re.M))
        )

    def cpu_seconds(self) -> dict[str, float]:
        """CPU time of every process so far, by service."""
        assert self._platform is not None  # noqa: S101 - asked while it runs
        assert self._kafka is not None  # noqa: S101
        used = {"kafka": _cpu(psutil.Process(self._kafka.pid))}
        for child in psutil.Process(self._platform.pid).children():
            used[child.cmdline()[-1] if "run" in child.cmdline() else "mqtt"] = _cpu(child)
        return used

    def _start(self, *arguments: str, stdout: int | BinaryIO) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(  # noqa: S603 - our own command
            [STADSPULS, *arguments],
            env=self.environment,
            stdout=stdout,
            stderr=self._log,
            start_new_session=True,
        )

    def _ready(self) -> bool:
        try:
            with urlopen(f"http://127.0.0.1:{self.http_port}/health/ready", timeout=2) as answer:
                return bool(answer.status == 200)
        except (URLError, OSError):
            return False

    def _metrics(self) -> str:
        with urlopen(f"http://127.0.0.1:{self.http_port}/metrics", timeout=10) as answer:
            text: str = answer.read().decode()
            return text


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
