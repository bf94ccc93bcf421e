"""What holds of all checks: names, order, docs; none changes anything, tells a secret, or keeps the end waiting."""

import json
import re
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.doctor.check import Check, Subject
from cli.doctor.every import EVERY
from cli.doctor.examining import examine
from cli.doctor.finding import Finding, Level, good, wrong
from deploy.servers.ports import free_port
from stadspuls.settings import ROOT, load_settings
from tests.cli.conftest import Stadspuls
from tests.cli.doctor.patient import Patient

SUBJECT = Subject(load_settings(None), (), Path(".env"), "http://127.0.0.1:9")


def test_every_check_stands_in_doctor_md_with_what_it_looks_at() -> None:
    page = (ROOT / "docs" / "operate" / "doctor.md").read_text()
    assert re.findall(r"^\| `([a-z-]+)` \| (.+) \|$", page, re.MULTILINE) == [(c.name, c.what) for c in EVERY]


def test_a_check_comes_after_those_that_it_needs() -> None:
    names = [check.name for check in EVERY]
    assert len(set(names)) == len(names)
    assert all(need in names[:place] for place, check in enumerate(EVERY) for need in check.needs)


def check(name: str, *findings: Finding, needs: tuple[str, ...] = ()) -> Check:
    return Check(name, name, lambda _subject: iter(findings), needs)


def test_what_rests_on_something_wrong_is_unknown_and_the_rest_is_looked_at() -> None:
    checks = [check("a", wrong("away", "", "")), check("b", good("b"), needs=("a",)), check("c", good("c"))]
    told = [finding for each in examine(SUBJECT, checks) for finding in each.findings]
    assert [finding.level for finding in told] == [Level.WRONG, Level.UNKNOWN, Level.GOOD]
    assert told[1].seen == "not looked at: a comes first"


def test_a_check_that_stumbles_is_told_and_the_others_go_on() -> None:
    def stumble(_subject: Subject) -> Iterator[Finding]:
        yield good("one thing")
        raise OSError("what nobody thought of")

    told = examine(SUBJECT, [Check("a", "", stumble), check("b", good("b"))])
    assert [finding.level for finding in told[0].findings] == [Level.GOOD, Level.UNKNOWN]
    assert "what nobody thought of" in told[0].findings[1].seen
    assert told[1].findings == [good("b")]


def test_a_check_without_an_end_is_not_waited_for() -> None:
    free = threading.Event()

    def hang(_subject: Subject) -> Iterator[Finding]:
        yield good("one thing")
        free.wait()

    told = examine(SUBJECT, [Check("a", "", hang), check("b", good("b")), check("c", needs=("a",))], seconds=0.2)
    free.set()
    assert [finding.level for finding in told[0].findings] == [Level.GOOD, Level.UNKNOWN]
    assert told[1].findings == [good("b")]
    assert told[2].findings[0].level is Level.UNKNOWN


@pytest.fixture
def black_hole() -> Iterator[int]:
    """A port that takes connections, swallows what is sent, and never says a word."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(100)
        yield server.getsockname()[1]


def test_servers_that_swallow_everything_are_all_told_in_the_end(stadspuls: Stadspuls, black_hole: int) -> None:
    there = f"127.0.0.1:{black_hole}"
    secret = "n0b0dy-may-see-this"
    answer = stadspuls(
        "doctor",
        "--json",
        "--api",
        f"http://{there}",
        profile="real",
        mqtt_port=str(black_hole),
        mqtt_username="bridge",
        mqtt_password=secret,
        kafka_bootstrap=there,
        influx_url=f"http://user:{secret}@{there}",
        influx_token=secret,
        grafana_url=f"http://{there}",
        grafana_token=secret,
        http_port=str(free_port()),
    )
    document = json.loads(answer.stdout)
    levels = {each["name"]: {one["level"] for one in each["findings"]} for each in document["checks"]}
    assert answer.returncode == 1, answer.stderr
    assert document["level"] == "wrong"
    assert {name for name, found in levels.items() if "wrong" in found} == {"mqtt", "kafka", "influxdb"}
    assert levels["grafana"] == {"warning"}
    assert levels["topics"] == levels["lag"] == {"unknown"}
    assert secret not in answer.stdout + answer.stderr


def test_warnings_alone_are_no_reason_for_a_script_to_stop(stadspuls: Stadspuls, tmp_path: Path) -> None:
    answer = stadspuls("doctor", colour="red", http_port=str(free_port()), mqtt_port=str(free_port()))
    assert answer.returncode == 0, answer.stdout
    assert "WARNING   settings: no setting is called so" in answer.stdout
    assert list(tmp_path.iterdir()) == []


def test_text_of_strangers_is_not_obeyed_by_a_terminal(stadspuls: Stadspuls) -> None:
    answer = stadspuls("doctor", http_port=str(free_port()), public_url="https://a\x1b[31m b")
    assert "\x1b" not in answer.stdout


def test_nothing_is_changed(patient: Patient) -> None:
    data = patient.folder / "data"
    (data / "spool").mkdir(parents=True)
    (data / "accounts").mkdir(mode=0o700)
    before = listing(patient.folder)
    patient.told()
    assert listing(patient.folder) == before


def listing(folder: Path) -> list[tuple[str, int, int]]:
    return sorted((str(p), p.stat().st_mtime_ns, p.stat().st_mode) for p in folder.rglob("*"))


def test_a_link_of_kubernetes_to_a_service_is_no_typing_mistake(patient: Patient) -> None:
    patient.set(API_SERVICE_HOST="10.0.0.7", API_SERVICE_PORT="8080", API_PORT_8080_TCP="tcp://10.0.0.7:8080")
    assert patient.healthy()
    patient.unset("API_SERVICE_HOST")
    assert patient.told()
