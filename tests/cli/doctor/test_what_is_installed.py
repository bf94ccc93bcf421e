"""Versions of Python, libraries and servers, and a Grafana that does not know the token."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import kafka.record.util
import pytest

from cli.doctor import python_check
from cli.doctor.finding import Level
from tests.cli.doctor.patient import Patient


def test_libraries_that_are_too_old_or_not_there(patient: Patient, monkeypatch: pytest.MonkeyPatch) -> None:
    project = patient.folder / "pyproject.toml"
    demands = ["psutil>=999", "stadspuls-was-never-published>=1", "rich>=15", "winloop; sys_platform == 'win32'"]
    project.write_text(f'[project]\nrequires-python = ">=9"\ndependencies = {json.dumps(demands)}\n')
    monkeypatch.setattr(python_check, "PROJECT", project)
    told = patient.told()
    assert {name for name, _ in told} == {"python"}
    seen = [finding.seen for _, finding in told]
    assert seen[0].endswith("wanted >=9")
    assert seen[1].startswith("psutil ")
    assert seen[1].endswith(", wanted >=999")
    assert seen[2:] == ["stadspuls-was-never-published is not installed, wanted >=1"]
    assert "pip install --require-hashes" in told[1][1].command


def test_a_kafka_client_that_reckons_sums_in_python(patient: Patient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kafka.record.util, "crc32c_c", None)
    assert "crc32c" in patient.fault("python", Level.WARNING).command


class _Grafana(BaseHTTPRequestHandler):
    """Says what Grafana says to a token: it knows one."""

    def do_GET(self) -> None:
        """Answer a question."""
        known = self.path == "/api/health" or self.headers["Authorization"] == "Bearer right"
        body = json.dumps({"version": "11.6.0"}).encode()
        self.send_response(200 if known else 401)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name in the standard library
        """Say nothing."""


@pytest.fixture
def grafana() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Grafana) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_token_that_grafana_does_not_know(patient: Patient, grafana: str) -> None:
    patient.set(GRAFANA_URL=grafana, GRAFANA_TOKEN="another")
    fault = patient.fault("grafana", Level.WARNING)
    assert fault.where == f"{grafana}, STADSPULS_GRAFANA_TOKEN_FILE"
    patient.set(GRAFANA_TOKEN="right")
    assert patient.healthy()
