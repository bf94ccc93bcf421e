"""The services of docker-compose.yml without containers: their own commands and environments, as processes.

Names of services become this machine, ports free ones, volumes folders: `Composed.translated` and `_setting`. As root
each process of ours runs as the image's user, without capabilities and on a root file system that cannot be written.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from deploy.servers import versions
from deploy.servers.cache import installed_folder
from deploy.servers.ports import free_port
from stadspuls.settings import ROOT
from tests.deploy.compose.composition import command, composition, volumes

USER = "10001"
ENDED_BY_TERM = (0, 128 + signal.SIGTERM, -signal.SIGTERM)
STOP_SECONDS = 60
_GUARD = 'mount --bind /tmp /tmp && mount --bind "$1" "$1" && mount -o remount,bind,ro / && shift && exec "$@"'
_UNPRIVILEGED = ("setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups", "--bounding-set=-all")


class Composed:
    """One run of the composition below a folder."""

    def __init__(self, folder: Path) -> None:
        self.services: dict[str, dict[str, Any]] = composition()["services"]
        self.folder = folder
        named = ("kafka", "controller", "influxdb", "1883", "8080", "8090", "1884", "1885")
        self.ports = {port: free_port() for port in named}
        self.tells = {name: free_port() for name in self.services}
        self.guarded = _can_guard()
        for volume in ("data", "data/accounts", "data/public-mqtt", "secrets", "boards", "tmp", "influxdb", "kafka"):
            (folder / volume).mkdir(parents=True, exist_ok=True)
            if self.guarded and volume not in {"influxdb", "kafka"}:
                os.chown(folder / volume, int(USER), int(USER))

    def give(self, folder: Path) -> None:
        """Make a folder and what is in it the image's user's."""
        for path in (folder, *folder.rglob("*")) if self.guarded else ():
            os.chown(path, int(USER), int(USER))

    def translated(self, service: str, text: str) -> str:
        """What a text of the file says on this machine."""
        ports = self.ports
        for found, meant in (
            (r"(?:0\.0\.0\.0|127\.0\.0\.1):9464", f"127.0.0.1:{self.tells[service]}"),
            (r"public-mqtt-inside:1885", f"127.0.0.1:{ports['1885']}"),
            (r"127\.0\.0\.1:(1883|1884|8080|8090)", lambda match: f"127.0.0.1:{ports[match[1]]}"),
            (r"127\.0\.0\.1/9092", f"127.0.0.1/{ports['kafka']}"),
            (r"127\.0\.0\.1/8086", f"127.0.0.1/{ports['influxdb']}"),
            (r"=:8086", f"=127.0.0.1:{ports['influxdb']}"),
            (r"influxdb:8086", f"127.0.0.1:{ports['influxdb']}"),
            (r"kafka:9093", f"127.0.0.1:{ports['controller']}"),
            (r"kafka:9092", f"127.0.0.1:{ports['kafka']}"),
            (r"//:9092", f"//127.0.0.1:{ports['kafka']}"),
            (r"//:9093", f"//127.0.0.1:{ports['controller']}"),
            (r"/var/lib/influxdb2", str(self.folder / "influxdb")),
            (r"/var/lib/kafka/data", str(self.folder / "kafka" / "data")),
            (r"^/(data|secrets|boards)\b", lambda match: str(self.folder / match[1])),
        ):
            text = re.sub(found, meant, text)
        return text

    def environment(self, service: str) -> dict[str, str]:
        ours = ("STADSPULS_", "PROMETHEUS_")
        clean = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
        given = self.services[service]["environment"]
        own = {name: self._setting(service, name, value) for name, value in given.items()}
        # As in the image: a user who has a name, and no place to write but /tmp.
        return clean | own | {"USER": "stadspuls", "TMPDIR": str(self.folder / "tmp"), "HOME": str(self.folder / "tmp")}

    def _setting(self, service: str, name: str, value: str) -> str:
        if name.endswith("_HOST"):
            return "127.0.0.1"
        if name.endswith("_PORT"):
            return str(self.ports.get(value, value))
        return self.translated(service, value)

    def line(self, service: str, *instead: str) -> list[str]:
        """The command line of a service of ours, or another one that is run in its container."""
        words = ["stadspuls", *instead] if instead else command(self.services[service])
        line = [self.translated(service, word) for word in words]
        return [*self._guard(service), sys.executable, "-m", "cli.main", *line[1:]]

    def _guard(self, service: str) -> list[str]:
        if not self.guarded:
            return []
        assert self.services[service]["read_only"]
        assert self.services[service]["user"] == f"{USER}:{USER}"
        unshared = ["unshare", "--mount", "--propagation", "private", "sh", "-c", _GUARD, "guard", str(self.folder)]
        return [*unshared, *_UNPRIVILEGED, "--inh-caps=-all", "--no-new-privs"]

    def run(self, service: str, *instead: str) -> str:
        """Run a command of a service to its end; what it prints."""
        done = subprocess.run(
            self.line(service, *instead),
            env=self.environment(service),
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=150,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def works(self, service: str) -> bool:
        """What the service's own health check says."""
        program, *rest = (self.translated(service, word) for word in self.services[service]["healthcheck"]["test"][1:])
        rest = [word.replace("$$", "$") for word in rest]
        program = sys.executable if program == "python" else program
        done = subprocess.run([program, *rest], cwd=ROOT, capture_output=True, timeout=60, check=False)
        return done.returncode == 0

    @contextmanager
    def running(self, service: str, line: list[str] | None = None) -> Iterator["Process"]:
        """A service while the block runs."""
        process = Process(self, service, line or self.line(service))
        try:
            yield process
        finally:
            process.kill()

    def kafka_line(self) -> list[str]:
        """What Kafka's image makes of its environment: each `KAFKA_A_B` is the property `a.b`."""
        environment = self.services["kafka"]["environment"]
        others = {"KAFKA_HEAP_OPTS", "KAFKA_OPTS"}
        properties = self.folder / "kafka" / "server.properties"
        properties.write_text(
            "".join(
                f"{name.removeprefix('KAFKA_').lower().replace('_', '.')}={self.translated('kafka', value)}\n"
                for name, value in environment.items()
                if name.startswith("KAFKA_") and name not in others
            )
        )
        form = ["kafka.tools.StorageTool", "format", "-t", environment["CLUSTER_ID"], "-c", str(properties)]
        subprocess.run([*self._java(), *form], check=True, capture_output=True, timeout=120)
        return self.kafka_again()

    def kafka_again(self) -> list[str]:
        """The line with which Kafka starts on what it has."""
        return [*self._java(), "kafka.Kafka", str(self.folder / "kafka" / "server.properties")]

    def _java(self) -> list[str]:
        environment = self.services["kafka"]["environment"]
        classes = f"{installed_folder(f'kafka-{versions.KAFKA}')}/libs/*"
        return ["java", *environment["KAFKA_HEAP_OPTS"].split(), environment["KAFKA_OPTS"], "-cp", classes]

    def influxdb_line(self) -> list[str]:
        program, *rest = command(self.services["influxdb"])
        found = installed_folder(f"influxdb-{versions.INFLUXDB}") / program
        return [str(found), *(self.translated("influxdb", word) for word in rest)]


class Process:
    """A service that runs."""

    def __init__(self, composed: Composed, service: str, line: list[str]) -> None:
        self.log = composed.folder / f"{service}.log"
        environment = composed.environment(service) if "environment" in composed.services[service] else None
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(line, env=environment, cwd=ROOT, stdout=log, stderr=log)

    def ended(self) -> int | None:
        """Its exit code, once it has ended."""
        return self._process.poll()

    @property
    def pid(self) -> int:
        return self._process.pid

    def ask_to_end(self) -> None:
        """As an engine does."""
        self._process.send_signal(signal.SIGTERM)

    def code(self) -> int:
        """Its exit code, which is awaited."""
        return self._process.wait(STOP_SECONDS)

    def kill(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()


def _can_guard() -> bool:
    """Whether this user may do here what an engine does, and the image's user may read this checkout."""
    if os.geteuid() != 0 or not shutil.which("unshare") or not shutil.which("setpriv"):
        return False
    reading = [*_UNPRIVILEGED, sys.executable, "-c", f"open({str(ROOT / 'Dockerfile')!r})"]
    mounting = ["unshare", "--mount", "--propagation", "private", "sh", "-c", "mount -o remount,bind,ro /"]
    return all(subprocess.run(line, capture_output=True, check=False).returncode == 0 for line in (reading, mounting))


def writable(composed: Composed, service: str, target: str) -> bool:
    """Whether the file lets a service write there."""
    return volumes(composed.services[service])[target][1]
