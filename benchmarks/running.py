"""A platform for measuring: its own folder and ports, on an in-memory Kafka or on real servers of its own."""

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
    """`stadspuls up` with given settings, from `__enter__` to `__exit__`; `environment` leads other commands to it."""

    def __init__(self, folder: Path, name: str, servers: dict[str, int], **settings: str) -> None:
        self.http_port = free_port()
        given = {
            "HTTP_PORT": str(self.http_port),
            "DATA_DIR": str(folder / f"data-{name}"),
            "CITIES_DIR": str(folder / "cities"),
            "THEMES_DIR": str(folder / "themes"),
            "SIMULATE": "0",
            "LOG_LEVEL": "warn",
        }
        own = {name: value for name, value in os.environ.items() if not name.startswith("STADSPULS_")}
        self.environment = own | {f"STADSPULS_{name}": value for name, value in (given | settings).items()}
        self._servers = servers
        self._log = (folder / f"{name}.log").open("wb")
        self._platform: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "MeasuredPlatform":
        self._platform = start([STADSPULS, "up"], self.environment, self._log)
        deadline = time.monotonic() + START_LIMIT
        while not self._ready():
            if time.monotonic() > deadline or self._platform.poll() is not None:
                raise RuntimeError(f"the platform did not start: {Path(self._log.name).read_text()[-2000:]}")
            time.sleep(0.1)
        return self

    def __exit__(self, *_: object) -> None:
        if self._platform is not None:
            end(self._platform)
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
        """CPU time of every process so far, by service and server."""
        return {name: _cpu(process) for name, process in self._processes().items()}

    def memory(self) -> dict[str, int]:
        """Resident bytes of every process, by service and server."""
        return {name: int(process.memory_info().rss) for name, process in self._processes().items()}

    def _processes(self) -> dict[str, psutil.Process]:
        assert self._platform is not None  # noqa: S101 - asked while it runs
        found = {name: psutil.Process(pid) for name, pid in self._servers.items()}
        for child in psutil.Process(self._platform.pid).children():
            found[child.cmdline()[-1] if "run" in child.cmdline() else "mqtt"] = child
        return found

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


def start(
    command: list[str], environment: dict[str, str], log: BinaryIO, stdout: int | None = None
) -> "subprocess.Popen[bytes]":
    """Start one of our own commands in a session of its own."""
    return subprocess.Popen(  # noqa: S603 - our own command
        command, env=environment, stdout=log if stdout is None else stdout, stderr=log, start_new_session=True
    )


def end(process: "subprocess.Popen[bytes]") -> None:
    """Ask a process to end, and wait for it."""
    process.send_signal(signal.SIGTERM)
    process.wait(90)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
