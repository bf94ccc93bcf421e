"""A whole embedded platform for tests: started as a user starts it, spoken to over MQTT and HTTP only."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal, TypeVar
from urllib.parse import urlsplit

import httpx
import psutil
from paho.mqtt.client import Client, MQTTMessageInfo
from paho.mqtt.enums import CallbackAPIVersion

ROOT = Path(__file__).resolve().parents[2]
START_LIMIT = 90
ANSWER_LIMIT = 30

Found = TypeVar("Found")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def eventually(look: Callable[[], Found | Literal[False] | None], limit: float = ANSWER_LIMIT) -> Found:
    """What `look` returns once it is true (a deadline, not a duration: it ends as soon as it can)."""
    deadline = time.monotonic() + limit
    while True:
        found = look()
        if found:
            return found
        assert time.monotonic() < deadline, f"not so within {limit} s; last seen: {found!r}"
        time.sleep(0.05)


class Platform:
    """`stadspuls up` on its own ports and folder."""

    def __init__(self, data_dir: Path, **settings: str) -> None:
        self.http_port = int(settings.get("HTTP_PORT") or free_port())
        self.mqtt_port = int(settings.get("MQTT_PORT") or free_port())
        self.data_dir = data_dir
        self.output = data_dir.parent / f"{data_dir.name}.log"
        given = {
            "HTTP_PORT": str(self.http_port),
            "MQTT_PORT": str(self.mqtt_port),
            "DATA_DIR": str(data_dir),
            "SIMULATE": "0",
            **settings,
        }
        clean = {name: value for name, value in os.environ.items() if not name.startswith("STADSPULS_")}
        self.environment = clean | {f"STADSPULS_{name}": value for name, value in given.items()}
        self.process: subprocess.Popen[bytes] | None = None
        self.http = httpx.Client(base_url=f"http://127.0.0.1:{self.http_port}", timeout=30, trust_env=False)

    def command(self, *arguments: str) -> list[str]:
        return [str(Path(sys.executable).with_name("stadspuls")), *arguments]

    def start(self) -> None:
        self.launch()
        eventually(self.ready, START_LIMIT)

    def launch(self) -> None:
        """Start it without waiting until it is ready."""
        with self.output.open("ab") as log:
            self.process = subprocess.Popen(
                self.command("up"), env=self.environment, cwd=ROOT, stdout=log, stderr=log, start_new_session=True
            )

    def kill_everything(self) -> None:
        """Kill -9 of the supervisor and every process below it; returns when none is left."""
        assert self.process is not None
        below = psutil.Process(self.process.pid).children(recursive=True)
        self.process.kill()
        for victim in below:
            with suppress(psutil.NoSuchProcess):
                victim.kill()
        self.process.wait(START_LIMIT)
        psutil.wait_procs(below, START_LIMIT)

    def ready(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.output.read_text()
        try:
            return self.http.get("/health/ready").status_code == 200
        except httpx.TransportError:
            return False

    def stop(self) -> int:
        """Ctrl-C, as a user stops it; the exit code."""
        assert self.process is not None
        self.process.send_signal(signal.SIGINT)
        try:
            return self.process.wait(60)
        finally:
            self.http.close()
            if self.process.poll() is None:
                self.process.kill()

    def run(self, *arguments: str) -> str:
        """A `stadspuls` command against this platform; its output."""
        done = subprocess.run(
            self.command(*arguments),
            env=self.environment,
            cwd=ROOT,
            check=False,
            capture_output=True,
            text=True,
            timeout=170,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def service(self, name: str) -> psutil.Process | None:
        """The process of a service, when it runs."""
        assert self.process is not None
        for child in psutil.Process(self.process.pid).children(recursive=True):
            try:
                if child.cmdline()[-2:] in (["run", name], ["--name", name]):
                    return child
            except psutil.Error:
                continue
        return None

    def get(self, path: str, **parameters: str) -> dict[str, Any]:
        answer = self.http.get(path, params=parameters or None)
        assert answer.status_code == 200, answer.text
        document: dict[str, Any] = answer.json()
        return document

    def latest(self, dataset: str, **parameters: str) -> list[dict[str, Any]]:
        observations: list[dict[str, Any]] = self.get(f"/{dataset}/latest", **parameters)["observations"]
        return observations

    def history(self, dataset: str, **parameters: str) -> list[dict[str, Any]]:
        """The whole history, page by page."""
        observations: list[dict[str, Any]] = []
        page = self.get(f"/{dataset}/history", **parameters)
        while True:
            observations += page["observations"]
            if "next" not in page:
                return observations
            following = urlsplit(page["next"])
            page = self.get(f"{following.path}?{following.query}")

    def metric(self, name: str, **labels: str) -> float:
        """The sum of a metric's samples that have these labels."""
        total = 0.0
        for line in self.http.get("/metrics").text.splitlines():
            found = re.match(r"(\w+)(?:\{(.*)\})? (\S+)", line)
            if found and found[1] == name:
                has = dict(re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', found[2] or ""))
                if labels.items() <= has.items():
                    total += float(found[3])
        return total

    def publish(self, messages: Iterable[tuple[str, str | bytes | dict[str, Any]]]) -> None:
        """Send messages over MQTT, QoS 1, as one sensor after another; returns when the broker has them all."""
        client = Client(CallbackAPIVersion.VERSION2)
        client.connect("127.0.0.1", self.mqtt_port)
        client.loop_start()
        try:
            sent: list[MQTTMessageInfo] = [
                client.publish(topic, json.dumps(payload) if isinstance(payload, dict) else payload, qos=1)
                for topic, payload in messages
            ]
            for one in sent:
                one.wait_for_publish(30)
                assert one.is_published()
        finally:
            client.disconnect()
            client.loop_stop()
