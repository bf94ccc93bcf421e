"""What docker-compose.yml runs for sensors, as processes on a disk of their own, and a Prometheus over it."""

import shutil
import signal
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
import yaml

from stadspuls.registry import load_registry
from stadspuls.settings import ROOT
from tests.platform.running import eventually
from tests.real.composed import Composed, Process
from tests.real.night.hastened import hastened_rules
from tests.real.night.sensors import Line, Sensors
from tests.real.night.shown import Boards
from tests.real.prometheus_server import Prometheus, prometheus_of
from tests.real.serving import installed

LIMIT = 120.0
CITIES = ("gent", "kortrijk")
SERVERS = ("kafka", "influxdb")
OURS = ("mosquitto", "bridge", "streams", "sink", "api", "archive", "door")
SPOOL_BYTES = 16 * 1024 * 1024
"""So small that it fills within a test."""


@dataclass
class Night:
    """What runs, and whoever looks at it."""

    composed: Composed
    folder: Path
    metrics: Prometheus
    boards: Boards
    http: httpx.Client
    lines: dict[str, Line]
    sensors: Sensors
    processes: dict[str, Process]
    log: list[tuple[str, ...]] = field(default_factory=list)

    def firing(self) -> dict[str, list[dict[str, str]]]:
        """The alerts that fire now, by name, each with its labels."""
        found: dict[str, list[dict[str, str]]] = {}
        for alert in self.metrics.ask("/api/v1/alerts")["alerts"]:
            if alert["state"] == "firing":
                found.setdefault(alert["labels"]["alertname"], []).append(alert["labels"])
        return found

    def hold(self, name: str) -> None:
        """Let a process stand still, as one that hangs."""
        for one in self._tree(name):
            one.send_signal(signal.SIGSTOP)

    def kill(self, name: str) -> None:
        """End a process at once (-9), with what it has started; an engine starts it again only when asked here."""
        for one in self._tree(name):
            one.kill()
        self.processes[name].kill()

    def end(self, name: str) -> None:
        """Ask a process to end, as an engine does."""
        self.processes[name].ask_to_end()
        self.processes[name].code()

    def start(self, name: str) -> None:
        """Start a process again, and wait until its own health check is content."""
        line = self._line(name)
        self.processes[name] = Process(self.composed, name, line)
        eventually(lambda: self._works(name), LIMIT)

    def run(self, service: str, *words: str) -> str:
        """A command in the container of a service."""
        return self.composed.run(service, *words)

    def metric(self, expr: str) -> float:
        """What Prometheus answers; 0 where it knows nothing."""
        rows = self.metrics.ask("/api/v1/query", query=expr)["result"]
        return float(rows[0]["value"][1]) if rows else 0.0

    def _line(self, name: str) -> list[str]:
        if name == "influxdb":
            return self.composed.influxdb_line()
        return list(self.composed.kafka_again()) if name == "kafka" else self.composed.line(name)

    def _works(self, name: str) -> bool:
        assert self.processes[name].ended() is None, self.processes[name].log.read_text()[-4000:]
        return self.composed.works(name)

    def _tree(self, name: str) -> list[psutil.Process]:
        root = psutil.Process(self.processes[name].pid)
        return [*root.children(recursive=True), root]


def night(folder: Path, pace: int, request: pytest.FixtureRequest, ending: ExitStack) -> Night:
    """Set everything up on that disk and start it, but for the sensors."""
    for name in ("mosquitto", *SERVERS):
        installed(name, request)
    composed = _composed(folder)
    processes = {
        "kafka": Process(composed, "kafka", composed.kafka_line()),
        "influxdb": Process(composed, "influxdb", composed.influxdb_line()),
    }
    ending.callback(_kill_all, processes)
    for name in SERVERS:
        eventually(lambda name=name: composed.works(name), LIMIT)  # type: ignore[misc]
    composed.run("setup")
    for name in OURS:
        processes[name] = Process(composed, name, composed.line(name))
    for name in OURS:
        eventually(lambda name=name: composed.works(name), LIMIT)  # type: ignore[misc]
    registry = load_registry(folder / "cities", ROOT / "themes")
    lines = {city: Line(composed.ports["1883"], _account(composed, city), city) for city in CITIES}
    for line in lines.values():
        ending.callback(line.close)
    metrics = ending.enter_context(prometheus_of(folder / "prometheus", _config(composed, folder, pace), request))
    http = httpx.Client(base_url=f"http://127.0.0.1:{composed.ports['8080']}", trust_env=False, timeout=60)
    ending.callback(http.close)
    sensors = Sensors(registry, lines)
    ending.callback(sensors.leave)
    return Night(composed, folder, metrics, Boards(registry, metrics), http, lines, sensors, processes)


def _composed(folder: Path) -> Composed:
    (folder / "cities").mkdir()
    for city in CITIES:
        shutil.copy(ROOT / "cities" / f"{city}.yaml", folder / "cities")
    composed = Composed(folder)
    composed.give(folder / "cities")
    for service in (*OURS, "setup", "tools"):
        composed.services[service]["environment"]["STADSPULS_CITIES_DIR"] = str(folder / "cities")
    composed.services["bridge"]["environment"] |= {
        "STADSPULS_SPOOL_BYTES": str(SPOOL_BYTES),
        # A frame for each message, so that a queue of frames is soon a long one.
        "STADSPULS_FRAME_ENTRIES": "1",
    }
    return composed


def _account(composed: Composed, city: str) -> tuple[str, str]:
    given = composed.run("mosquitto", "account", "add", city)
    told = dict(line.split(maxsplit=1) for line in given.splitlines() if line.startswith(("user ", "password ")))
    return told["user"], told["password"]


def _config(composed: Composed, folder: Path, pace: int) -> dict[str, Any]:
    """The composition's own configuration, with the processes of this machine and hastened rules."""
    document = yaml.safe_load((ROOT / "deploy" / "prometheus" / "prometheus.yml").read_text())
    (job,) = (job for job in document["scrape_configs"] if job["job_name"] == "stadspuls")
    known = [(service["labels"]["service"], service["targets"][0]) for service in job["static_configs"]]
    (by_name,) = job.pop("dns_sd_configs")
    known += [(name, f"{name}:{by_name['port']}") for name in by_name["names"]]
    job["static_configs"] = [
        {"targets": [_target(composed, name, target)], "labels": {"service": name}}
        for name, target in known
        if name in OURS
    ]
    rules = folder / "rules.yml"
    rules.write_text(yaml.safe_dump(hastened_rules(pace)))
    return {"rule_files": [str(rules)], "scrape_configs": [job]}


def _target(composed: Composed, service: str, target: str) -> str:
    port = composed.ports["8080"] if target.endswith(":8080") else composed.tells[service]
    return f"127.0.0.1:{port}"


def _kill_all(processes: dict[str, Process]) -> None:
    for process in processes.values():
        if process.ended() is None:
            for child in psutil.Process(process.pid).children(recursive=True):
                child.kill()
            process.kill()
