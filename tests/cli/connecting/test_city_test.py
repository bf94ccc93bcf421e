"""`stadspuls city test`: a recording through a whole platform that nobody sees; the slowest test of this folder."""

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import psutil
import pytest

from cli.connecting.city_draft import CityDraft
from cli.connecting.sandbox import sandbox
from cli.connecting.trial import MARK
from stadspuls.errors import StartError
from stadspuls.registry.fields import RESERVED
from stadspuls.settings import ROOT, Settings
from tests.cli.conftest import Stadspuls
from tests.deploy.brokers import free_port, until

COUNTER = "kortrijk/parking/car-park-1"


def reading(time: str, **values: object) -> str:
    return json.dumps({"time": time, **values})


RECORDING: list[dict[str, Any]] = [
    {"topic": COUNTER, "payload": reading("2026-01-05T08:10:00Z", vacantSpaces=31)},
    {"topic": COUNTER, "payload": reading("2026-01-05T08:00:00Z", vacantSpaces=30)},
    {"topic": COUNTER, "payload": reading("2026-01-05T08:10:00Z", vacantSpaces=31)},
    {"topic": COUNTER, "payload": reading("2026-01-05T08:20:00Z", vacantSpaces=19_999)},
    {"topic": COUNTER, "payload": reading("2026-01-05T08:30:00Z", vacantSpaces=-5)},
    {"topic": COUNTER, "payload": reading("2026-01-05T08:40:00", vacantSpaces=5)},
    {"topic": "kortrijk/parking/new", "payload": reading("2026-01-05T08:00:00Z", vacantSpaces=1)},
    {"topic": "kortrijk/parking/nobody", "payload": reading("2026-01-05T08:00:00Z", vacantSpaces=1)},
    {"topic": "kortrijk/vendor/é", "payloadBase64": "AP8="},
]


def run_patiently(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """A command that starts a whole platform, on a machine that may have much to do."""
    command = [sys.executable, "-m", "cli.main", *arguments]
    return subprocess.run(
        command, cwd=ROOT, env=os.environ | variables, capture_output=True, text=True, timeout=300, check=False
    )


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    file = tmp_path / "pilot.jsonl"
    file.write_text("".join(f"{json.dumps(line)}\n" for line in RECORDING))
    return file


@pytest.mark.platform
@pytest.mark.timeout(400)
def test_a_recording_goes_through_a_platform_that_nobody_sees(
    shipped: Settings, recording: Path, tmp_path: Path
) -> None:
    draft = CityDraft(shipped, "kortrijk")
    draft.append(
        ("datasets", "parking", "sensors"), {"id": "new", "site": "car-park-1", "properties": ["vacantSpaces"]}
    )
    draft.save()
    answer = run_patiently(
        *("city", "test", "kortrijk", str(recording), "--json"),
        STADSPULS_CITIES_DIR=str(shipped.cities_dir),
        STADSPULS_THEMES_DIR=str(shipped.themes_dir),
        # What belongs to the running platform is not used.
        STADSPULS_DATA_DIR=str(tmp_path / "running"),
        STADSPULS_MQTT_PORT=str(free_port()),
        STADSPULS_MQTT_USERNAME="bridge",
        STADSPULS_PROFILE="real",
    )
    assert answer.returncode == 1, answer.stderr
    told = json.loads(answer.stdout)
    assert told["messages"] == len(RECORDING)
    assert told["repeated"] == 1
    assert [tuple(one.values()) for one in told["series"]] == [
        (
            *("kortrijk/parking", "car-park-1", "vacantSpaces", 3, 1),
            *("2026-01-05T08:00:00Z", "2026-01-05T08:20:00Z", False),
        ),
        (
            *("kortrijk/parking", "new", "vacantSpaces", 1, 0),
            *("2026-01-05T08:00:00Z", "2026-01-05T08:00:00Z", False),
        ),
    ]
    rejected = {one["reason"]: one for one in told["rejected"]}
    assert {reason: one["count"] for reason, one in rejected.items()} == {
        "impossible": 1,
        "no-time-zone": 1,
        "unregistered": 2,
    }
    assert [one["topic"] for one in rejected["unregistered"]["examples"]] == [
        "kortrijk/parking/nobody",
        "kortrijk/vendor/é",
    ]
    assert rejected["impossible"]["examples"][0]["detail"] == "vacantSpaces: -5 is outside 0 to 20000 1"
    assert "kortrijk/parking/car-park-2" in told["silent"]
    assert not {COUNTER, "kortrijk/parking/new"} & set(told["silent"])
    assert not (tmp_path / "running").exists()


@pytest.mark.platform
@pytest.mark.timeout(400)
def test_a_sandbox_leaves_nothing_behind(shipped: Settings) -> None:
    with sandbox(shipped, threading.Event()) as running:
        data_dir = running.settings.data_dir
        assert data_dir.is_dir()
        family = psutil.Process().children(recursive=True)
        below = [process for process in family if str(data_dir.parent) in process.cwd()]
        assert len(below) > 5
        # The folder of its metrics, which is not below its data.
        metrics = {Path(process.environ()["PROMETHEUS_MULTIPROC_DIR"]) for process in below[1:]}
        assert all(folder.is_dir() for folder in metrics)
    assert psutil.wait_procs(below, 60)[1] == []
    assert not data_dir.parent.exists()
    assert not any(folder.exists() for folder in metrics)


@pytest.mark.platform
@pytest.mark.timeout(400)
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_sandbox_is_taken_away_when_the_command_is_told_to_end(
    how: signal.Signals, recording: Path, tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "cli.main", "city", "test", "kortrijk", str(recording)]
    (tmp_path / "temporary").mkdir()
    environment = os.environ | {"TMPDIR": str(tmp_path / "temporary")}
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True)
    try:
        until(lambda: list(tmp_path.glob("temporary/*/log")), "a sandbox", 60)
        below = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(how)
        _, said = process.communicate(timeout=200)
    finally:
        process.kill()
        process.wait()
    assert (process.returncode, "told to stop before the end" in said) == (1, True), said
    assert psutil.wait_procs(below, 60)[1] == []
    assert list(tmp_path.glob("temporary/stadspuls-sandbox-*")) == []


def test_a_sandbox_that_cannot_start_says_why(shipped: Settings) -> None:
    (shipped.cities_dir / "gent.yaml").write_text("slug: gent\n")
    with pytest.raises(StartError, match=r"gent\.yaml:1: names: is missing"), sandbox(shipped, threading.Event()):
        raise AssertionError("it has started")


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["nowhere"], "no city 'nowhere' here; known: aalst"),
        (["gent"], "pilot.jsonl:1: the topic 'kortrijk/parking/car-park-1' is not below gent/"),
    ],
)
def test_what_cannot_be_tried_is_told_before_anything_starts(
    stadspuls: Stadspuls, recording: Path, arguments: list[str], why: str
) -> None:
    answer = stadspuls("city", "test", *arguments, str(recording))
    assert answer.returncode == 1
    assert why in answer.stderr
    assert "Starting" not in answer.stderr


def test_no_city_can_be_called_like_the_marks() -> None:
    assert MARK not in RESERVED
    assert not MARK[0].isalpha()
    assert not (ROOT / "cities" / f"{MARK}.yaml").exists()
