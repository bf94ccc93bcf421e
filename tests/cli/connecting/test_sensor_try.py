"""`stadspuls sensor try` on the command line: a file, standard input, hexadecimal, and a broker."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from cli.connecting.payloads import is_topic
from stadspuls.settings import ROOT
from tests.cli.conftest import Stadspuls
from tests.deploy.brokers import BROKERS, free_port, running

GOOD = '{"time": "2026-01-05T08:00:00Z", "vacantSpaces": 112}'


def test_a_file_is_explained_and_the_exit_code_says_whether_it_was_published(
    stadspuls: Stadspuls, tmp_path: Path
) -> None:
    (tmp_path / "p1.json").write_text(GOOD)
    answer = stadspuls("sensor", "try", "p1.json", "--topic", "gent/parking/P1")
    assert answer.returncode == 0, answer.stderr
    assert '"sensor":"P1","property":"vacantSpaces","value":112' in answer.stdout
    answer = stadspuls("sensor", "try", "p1.json", "--topic", "gent/parking/P99", "--json")
    assert answer.returncode == 1
    told = json.loads(answer.stdout)
    assert told["outcome"] == "rejected"
    assert told["rejections"] == [{"reason": "unregistered", "detail": "gent/parking has no sensor 'P99'"}]


def test_standard_input_and_hexadecimal(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "cli.main", "sensor", "try", "-", "--hex", "--json", "--topic", "gent/parking/P1"]
    answer = subprocess.run(
        command, cwd=ROOT, input=GOOD.encode().hex(" ") + "\n", capture_output=True, text=True, check=False, timeout=60
    )
    assert answer.returncode == 0, answer.stderr
    assert json.loads(answer.stdout)["observations"][0]["value"] == 112


def test_files_as_they_are_edited_now_are_read(stadspuls: Stadspuls, tmp_path: Path) -> None:
    (tmp_path / "cities").mkdir()
    gent = (ROOT / "cities" / "gent.yaml").read_text().replace("id: P1,", "id: P1-new,")
    (tmp_path / "cities" / "gent.yaml").write_text(gent)
    (tmp_path / "p1.json").write_text(GOOD)
    arguments = ("sensor", "try", "p1.json", "--topic")
    assert stadspuls(*arguments, "gent/parking/P1-new", cities_dir="cities").returncode == 0
    assert stadspuls(*arguments, "gent/parking/P1", cities_dir="cities").returncode == 1


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["p1.json"], "needs --topic"),
        (["nowhere.json", "--topic", "gent/parking/P1"], "nowhere.json cannot be read"),
        (["p1.json", "--topic", "gent/parking/P1", "--hex"], "holds no hexadecimal digits"),
        (["gent/#"], "no MQTT broker at 127.0.0.1:"),
    ],
)
def test_what_cannot_be_tried_is_told(stadspuls: Stadspuls, tmp_path: Path, arguments: list[str], why: str) -> None:
    (tmp_path / "p1.json").write_text(GOOD)
    answer = stadspuls("sensor", "try", *arguments, mqtt_port=str(free_port()))
    assert answer.returncode == 1
    assert why in answer.stderr
    assert "Traceback" not in answer.stderr


def test_a_file_is_no_topic(tmp_path: Path) -> None:
    file = tmp_path / "p1.json"
    file.write_text(GOOD)
    assert not is_topic(str(file))
    assert not is_topic("-")
    assert all(map(is_topic, ("gent/#", "gent/+/P1", "#", "+")))


@contextmanager
def trying(port: int, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """`sensor try` once it listens."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("STADSPULS_")}
    process = subprocess.Popen(
        [sys.executable, "-m", "cli.main", "sensor", "try", *arguments],
        cwd=ROOT,
        env=clean | {"STADSPULS_MQTT_PORT": str(port)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stderr
        line = process.stderr.readline()
        assert line.startswith("Listening"), line + process.stderr.read()
        yield process
    finally:
        process.kill()
        process.communicate()


def send(port: int, *messages: tuple[str, str]) -> None:
    client = Client(CallbackAPIVersion.VERSION2)
    client.connect("127.0.0.1", port)
    client.loop_start()
    for topic, payload in messages:
        client.publish(topic, payload, qos=1).wait_for_publish(30)
    client.disconnect()
    client.loop_stop()


@pytest.mark.parametrize("kind", BROKERS)
def test_messages_of_a_broker_are_explained_as_they_come(kind: str, tmp_path: Path) -> None:
    with running(kind, tmp_path) as broker, trying(broker.port, "gent/#", "--count", "2", "--json") as process:
        send(broker.port, ("brugge/parking/x", GOOD), ("gent/parking/P1", GOOD), ("gent/parking/P99", "no json"))
        out, _ = process.communicate(timeout=60)
    told = [json.loads(line) for line in out.splitlines()]
    assert [(one["topic"], one["outcome"]) for one in told] == [
        ("gent/parking/P1", "published"),
        ("gent/parking/P99", "rejected"),
    ]
    assert process.returncode == 0


def test_ctrl_c_ends_listening(tmp_path: Path) -> None:
    with running("amqtt", tmp_path) as broker, trying(broker.port, "gent/#") as process:
        send(broker.port, ("gent/parking/P1", GOOD))
        assert process.stdout
        assert process.stdout.readline().startswith("message")
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
    assert process.returncode == 0
