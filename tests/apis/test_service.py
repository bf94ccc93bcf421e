"""The API as a process."""

import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.apis.serving import api_process


@pytest.fixture
def process(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    with api_process(tmp_path) as (port, child):
        yield child, f"http://127.0.0.1:{port}"


def answered(client: httpx.Client, path: str, status: int) -> httpx.Response:
    end = time.monotonic() + 30
    while time.monotonic() < end:
        try:
            answer = client.get(path)
        except httpx.TransportError:
            time.sleep(0.05)
            continue
        if answer.status_code == status:
            return answer
        time.sleep(0.05)
    raise AssertionError(f"{path} never answered {status}")


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_it_answers_without_kafka_and_a_stop_is_clean(
    process: tuple[subprocess.Popen[bytes], str], tmp_path: Path, how: signal.Signals
) -> None:
    child, base = process
    with httpx.Client(base_url=base, timeout=20) as client:
        answered(client, "/health/live", 200)
        assert answered(client, "/gent/parking/latest", 200).json()["observations"] == []
        answer = client.get("/health/ready")
        assert answer.status_code == 503
        assert "server" not in answer.headers
        assert client.get("/openapi.json").json()["servers"] == [{"url": base}]
        child.send_signal(how)
        assert child.wait(20) == 0
    log = (tmp_path / "log").read_text()
    assert "API stopped" in log
    # One line when something changes, none for a request.
    assert "GET" not in log
    assert len(log.splitlines()) < 10
    assert "Traceback" not in log


def test_head_is_get_without_a_body_on_a_connection_that_goes_on(process: tuple[subprocess.Popen[bytes], str]) -> None:
    _, base = process
    with httpx.Client(base_url=base, timeout=20) as client:
        answered(client, "/health/live", 200)
        for path in ("/openapi.json", "/gent/parking/latest", "/nothing-here/at/all"):
            head, got = client.head(path), client.get(path)
            assert (head.status_code, head.content) == (got.status_code, b"")
            assert int(head.headers["content-length"]) > 0
            assert head.headers["content-type"] == got.headers["content-type"]
