"""What a process tells of itself, and the probe that asks."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import httpx
import pytest

from cli.probe import trouble
from cli.telling import telling
from deploy.servers.ports import free_port
from stadspuls import heartbeat
from stadspuls.errors import StartError
from stadspuls.metrics import LAG
from stadspuls.settings import ROOT


@pytest.fixture(autouse=True)
def _new_heart() -> Iterator[None]:
    heartbeat.forget()
    yield
    heartbeat.forget()


@pytest.fixture
def address() -> str:
    return f"127.0.0.1:{free_port()}"


def test_it_tells_how_it_is_and_the_probe_understands(address: str) -> None:
    with telling(address):
        url = f"http://{address}/health/live"
        assert trouble(url) == "503 has not begun to work yet"
        heartbeat.beat(within=3600)
        assert trouble(url) is None
        assert httpx.get(url, trust_env=False).text == "works"
    assert "refused" in str(trouble(url))


def test_it_tells_its_metrics_and_those_of_its_process(address: str) -> None:
    LAG.labels("streams").set(17311)
    with telling(address):
        answer = httpx.get(f"http://{address}/metrics", trust_env=False)
        assert 'stadspuls_lag_frames{stage="streams"} 17311.0' in answer.text
        assert "process_resident_memory_bytes" in answer.text
        assert answer.headers["content-type"].startswith("text/plain")
        assert httpx.get(f"http://{address}/secrets", trust_env=False).status_code == 404


def test_it_does_not_tell_how_others_are(address: str) -> None:
    line = [sys.executable, "-c", f"{_TELLING.format(address=address)}"]
    with subprocess.Popen(line, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdout.readline()
        text = httpx.get(f"http://{address}/metrics", trust_env=False).text
        process.stdin.close()
    assert "\nstadspuls_spool_bytes{" in text
    assert "\nstadspuls_messages_in_flight 3.0" in text
    assert "\nstadspuls_bridge_connected " not in text
    assert "\nstadspuls_disk_free_bytes " not in text


_TELLING = """
import sys
from cli.telling import telling
from stadspuls.metrics import MESSAGES_IN_FLIGHT, SPOOL_BYTES
SPOOL_BYTES.labels("bridge").set(1)
MESSAGES_IN_FLIGHT.set(3)
with telling("{address}"):
    print("tells", flush=True)
    sys.stdin.read()
"""


@pytest.mark.parametrize("service", ["bridge", "simulators"])
def test_a_process_that_waits_for_its_broker_lives_and_does_not_work(
    service: str, address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nobody = str(free_port())
    given = {
        "PROFILE": "real",
        "DATA_DIR": str(tmp_path),
        "MQTT_PORT": nobody,
        "KAFKA_BOOTSTRAP": f"127.0.0.1:{nobody}",
    }
    for name, value in given.items():
        monkeypatch.setenv(f"STADSPULS_{name}", value)
    line = [sys.executable, "-m", "cli.main", "run", service, "--tell", address]
    with subprocess.Popen(line, cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        # It has tried, and says so.
        assert any("trying" in said for said in process.stderr)
        assert trouble(f"http://{address}/health/live") == "503 has not begun to work yet"
        process.terminate()
    assert process.returncode == 0


def test_without_an_address_nobody_is_answered() -> None:
    with telling(None):
        pass


@pytest.mark.parametrize("wrong", ["9464", ":9464", "127.0.0.1:", "127.0.0.1:many", "127.0.0.1:99999"])
def test_an_address_that_is_none_is_refused_by_name(wrong: str) -> None:
    with pytest.raises(StartError, match="--tell"), telling(wrong):
        pass


def test_a_port_that_is_taken_is_refused_by_name(address: str) -> None:
    with telling(address), pytest.raises(StartError, match=f"--tell {address}"), telling(address):
        pass


@contextmanager
def answering(answer: bytes) -> Iterator[str]:
    """A server that gives the first client that answer."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            client, _ = server.accept()
            with client:
                client.recv(100)
                client.sendall(answer)

        thread = Thread(target=serve)
        thread.start()
        yield f"mqtt://127.0.0.1:{server.getsockname()[1]}"
        thread.join()


@pytest.mark.parametrize("code", [0, 5], ids=["lets in", "wants an account"])
def test_an_mqtt_broker_works_whomever_it_lets_in(code: int) -> None:
    with answering(bytes((0x20, 2, 0, code))) as url:
        assert trouble(url) is None


def test_what_answers_otherwise_is_no_broker() -> None:
    with answering(b"HTTP/1.1 400 Bad Request") as url:
        assert trouble(url) == "does not answer as an MQTT broker does"


def test_the_probe_ends_with_the_answer_and_loads_nothing_that_it_need_not(address: str) -> None:
    line = [sys.executable, "-X", "importtime", "-m", "cli.probe", f"http://{address}/health/live"]
    done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "refused" in done.stderr
    assert not any(heavy in done.stderr for heavy in ("pydantic", "prometheus_client", "typer"))
