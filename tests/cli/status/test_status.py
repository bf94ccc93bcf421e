"""`stadspuls status` as a command: what it prints, and its exit code."""

import json
import signal
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.accounts.certificates import make_certificates
from deploy.servers.ports import free_port
from stadspuls.settings import ROOT, load_settings
from tests.cli.status.processes import health, healthy_platform, telling_process

Stadspuls = Callable[..., subprocess.CompletedProcess[str]]


def test_all_is_well(stadspuls: Stadspuls) -> None:
    with telling_process(healthy_platform(), health()) as told:
        answer = stadspuls("status", http_port=told.url.rpartition(":")[2])
    assert (answer.returncode, answer.stderr) == (0, "")
    assert answer.stdout.splitlines()[0].split()[:4] == ["Stadspuls", "0.1.0", "at", f"{told.url},"]
    assert answer.stdout.splitlines()[0].endswith("all is well")


def test_something_is_wrong(stadspuls: Stadspuls) -> None:
    with telling_process(healthy_platform() | {"bridge_connected": 0}, health()) as told:
        answer = stadspuls("status", "--url", told.url)
    assert answer.returncode == 1
    assert answer.stdout.splitlines()[1] == "WRONG  the bridge has no session at the MQTT broker"


def test_an_api_with_tls_on_this_machine_is_asked_whatever_name_its_certificate_has(
    stadspuls: Stadspuls, tmp_path: Path
) -> None:
    make_certificates(load_settings(None, data_dir=tmp_path), ["data.stad.example"])
    chain = str(tmp_path / "accounts" / "server.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain)
    with telling_process(healthy_platform(), health(), context) as told:
        port = told.url.rpartition(":")[2]
        answer = stadspuls("status", http_port=port, http_tls_cert=chain, http_tls_key=chain)
    assert (answer.returncode, answer.stderr) == (0, "")
    assert f"at {told.url}," in answer.stdout


def test_nothing_answers(stadspuls: Stadspuls) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    answer = stadspuls("status", "--url", url)
    assert (answer.returncode, answer.stdout) == (2, "")
    assert answer.stderr.startswith(f"stadspuls: the platform cannot be reached ({url}: Connection refused). Start it ")


def test_something_else_answers(stadspuls: Stadspuls) -> None:
    with telling_process({}) as told:
        answer = stadspuls("status", "--url", told.url)
    assert answer.returncode == 2
    assert f"({told.url}: what answers there is not Stadspuls (200 for /metrics))" in answer.stderr


def test_an_address_that_is_none_is_told(stadspuls: Stadspuls) -> None:
    answer = stadspuls("status", "--url", "gopher://127.0.0.1")
    assert answer.returncode == 2
    assert "is no address such as" in answer.stderr


@contextmanager
def another_process(address: str) -> Iterator[None]:
    """One that tells of itself alone, and not of what this one has counted."""
    imports = "import sys, stadspuls.metrics\nfrom cli.telling import telling\n"
    program = f"{imports}with telling({address!r}): print(flush=True); sys.stdin.read()"
    line = [sys.executable, "-c", program]
    with subprocess.Popen(line, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline()
            yield
        finally:
            process.kill()


def test_several_addresses_also_from_the_settings_and_a_process_as_it_tells_itself(stadspuls: Stadspuls) -> None:
    address = f"127.0.0.1:{free_port()}"
    with telling_process(healthy_platform(), health()) as told, another_process(address):
        answer = stadspuls("status", "--json", status_urls=f"{told.url}, http://{address}")
    document = json.loads(answer.stdout)
    assert document["asked"] == [told.url, f"http://{address}"]
    assert document["wrong"] == []
    assert document["latency"]["p99Seconds"] == 0.235


def test_watching_goes_on_until_it_is_ended_and_rates_are_of_two_looks(tmp_path: Path) -> None:
    with telling_process(healthy_platform(), health()) as told:
        command = [sys.executable, "-m", "cli.main", "status", "--url", told.url, "--watch", "--every", "0.5", "--json"]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as watching:
            assert watching.stdout is not None
            try:
                first = json.loads(watching.stdout.readline())
                with told.changing():
                    told.now += 10
                    told.metrics["messages_received_total"] += 100
                later = json.loads(watching.stdout.readline())
                while later["windowSeconds"] != 10:
                    later = json.loads(watching.stdout.readline())
                watching.send_signal(signal.SIGINT)
                assert watching.wait(60) == 0
            finally:
                watching.kill()
    assert first["wholeLife"]
    assert not later["wholeLife"]
    assert later["rates"]["received"] == 600
