"""The workloads of the chart without a cluster: their own commands and environments, as processes of this machine.

Servers are named by values. Volumes become folders: those of one pod its own, those of a claim one for all who name it.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from deploy.servers.ports import free_port
from stadspuls.settings import ROOT
from tests.deploy.helm.chart import Document, Rendered, container, environment, pod, volumes

STOP_SECONDS = 60
RUN_SECONDS = 150


class Charted:
    """What a set of values renders, below a folder; `secrets` has the values of each secret and key that it names."""

    def __init__(self, rendered: Rendered, folder: Path, secrets: Mapping[str, str]) -> None:
        self.rendered = rendered
        self.folder = folder
        self._secrets = secrets

    def pod(self, kind: str, name: str) -> "Pod":
        """A pod of a workload, after what prepares it has ended well."""
        return Pod(self, self.rendered.one(kind, name), name)

    def secret(self, reference: str) -> str:
        return self._secrets[reference.removeprefix("secret:")]

    def lay(self, place: Path, volume: Document) -> None:
        """Put the files of a secret where a pod sees them."""
        place.mkdir(parents=True, exist_ok=True)
        for item in volume["secret"]["items"]:
            (place / item["path"]).write_text(self._secrets[f"{volume['secret']['secretName']}/{item['key']}"])


class Pod:
    """One pod of a workload."""

    def __init__(self, charted: Charted, workload: Document, name: str) -> None:
        self._charted = charted
        self._workload = workload
        self.name = name
        self.log = charted.folder / f"{name}.log"
        self.ports = {port["name"]: free_port() for port in container(workload).get("ports", [])}
        self._folders = self._laid()

    def _laid(self) -> dict[str, Path]:
        """By mount path: the folder."""
        found, known = {}, volumes(self._workload)
        for mount in container(self._workload)["volumeMounts"]:
            volume = known[mount["name"]]
            claim = volume.get("persistentVolumeClaim", {}).get("claimName")
            place = self._charted.folder / (claim or f"{self.name}{mount['mountPath']}")
            place.mkdir(parents=True, exist_ok=True)
            if "secret" in volume:
                self._charted.lay(place, volume)
            found[mount["mountPath"]] = place
        return found

    def _environment(self, of: Document) -> dict[str, str]:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("STADSPULS_")}
        return clean | {name: self._meant(name, value) for name, value in environment(of).items()}

    def _meant(self, name: str, value: str) -> str:
        if value.startswith("secret:"):
            return self._charted.secret(value)
        if name in {"STADSPULS_HTTP_PORT", "STADSPULS_DOOR_PORT"}:
            return str(self.ports["http"])
        for path, folder in self._folders.items():
            if value == path or value.startswith(f"{path}/"):
                return f"{folder}{value.removeprefix(path)}"
        return value.replace("0.0.0.0", "127.0.0.1")  # noqa: S104 - what it is in a pod

    def _line(self, of: Document) -> list[str]:
        words = [word.replace("0.0.0.0:9464", f"127.0.0.1:{self.ports.get('tell')}") for word in of["args"]]
        return [sys.executable, "-m", "cli.main", *words]

    def ends(self, of: Document | None = None) -> str:
        """Run what prepares the pod, or what it is itself, to its end; what it says."""
        of = of or container(self._workload)
        done = subprocess.run(
            self._line(of),
            env=self._environment(of),
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=RUN_SECONDS,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    @contextmanager
    def running(self) -> Iterator["Pod"]:
        for each in pod(self._workload).get("initContainers", []):
            self.ends(each)
        line, said = self._line(container(self._workload)), self._environment(container(self._workload))
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(line, env=said, cwd=ROOT, stdout=log, stderr=log)
        try:
            yield self
        finally:
            self._process.kill()
            self._process.wait(STOP_SECONDS)

    def answers(self, probe: str) -> bool:
        """What the kubelet would find, asking as the probe says."""
        assert self._process.poll() is None, self.log.read_text()
        asked: dict[str, Any] = container(self._workload)[probe]["httpGet"]
        try:
            url = f"http://127.0.0.1:{self.ports[asked['port']]}{asked['path']}"
            return httpx.get(url, trust_env=False).is_success
        except httpx.TransportError:
            return False

    def stop(self) -> int:
        """End as a kubelet asks; its exit code."""
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(STOP_SECONDS)
