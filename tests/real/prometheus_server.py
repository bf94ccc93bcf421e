"""A real Prometheus for tests: one target, the rules of this project, a port and a folder of its own."""

import contextlib
import json
import shutil
import subprocess
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.servers.ports import free_port
from stadspuls.settings import ROOT
from tests.platform.running import eventually
from tests.real.serving import REQUIRE

RULES = ROOT / "deploy" / "prometheus" / "rules" / "stadspuls.yml"


class Prometheus:
    """A running one."""

    def __init__(self, port: int) -> None:
        self._url = f"http://127.0.0.1:{port}"
        self._open = urllib.request.build_opener(urllib.request.ProxyHandler({})).open

    def ask(self, path: str, **parameters: str) -> Any:
        """What its HTTP API answers (https://prometheus.io/docs/prometheus/latest/querying/api/)."""
        with self._open(f"{self._url}{path}?{urllib.parse.urlencode(parameters)}", timeout=30) as answer:
            document = json.load(answer)
        assert document["status"] == "success", document
        return document["data"]

    def rows(self, expr: str, start: float, end: float) -> list[float]:
        """Every sample that a board would draw of a range."""
        data = self.ask("/api/v1/query_range", query=expr, start=str(start), end=str(end), step="2")
        return [float(value) for series in data["result"] for _, value in series["values"]]

    def ready(self) -> bool:
        try:
            with self._open(f"{self._url}/-/ready", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False


@contextlib.contextmanager
def prometheus(folder: Path, target: int, request: pytest.FixtureRequest) -> Iterator[Prometheus]:
    """One that scrapes a port of this machine every second, with the rules of this project, while the block runs."""
    targets = [{"targets": [f"127.0.0.1:{target}"]}]
    job = {"job_name": "stadspuls", "static_configs": targets}
    with prometheus_of(folder, {"rule_files": [str(RULES)], "scrape_configs": [job]}, request) as one:
        yield one


@contextlib.contextmanager
def prometheus_of(folder: Path, config: dict[str, Any], request: pytest.FixtureRequest) -> Iterator[Prometheus]:
    """One of that configuration, which looks every second, while the block runs."""
    command = shutil.which("prometheus")
    if command is None:
        if request.config.getoption(REQUIRE, default=False):
            pytest.fail("prometheus is not installed (Debian: prometheus)")
        pytest.skip("prometheus is not installed (Debian: prometheus)")
    folder.mkdir()
    pace = {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"}
    (folder / "prometheus.yml").write_text(yaml.safe_dump({"global": pace, **config}))
    port = free_port()
    arguments = [
        command,
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
    ]
    with (folder / "log").open("wb") as log, subprocess.Popen(arguments, stdout=log, stderr=log) as process:
        try:
            one = Prometheus(port)
            eventually(one.ready, 60)
            yield one
        finally:
            process.kill()
