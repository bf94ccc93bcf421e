"""`stadspuls topics` against the in-memory Kafka of a platform, and against none."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cli.data_dir import KAFKA_ADDRESS
from stadspuls.settings import ROOT

Stadspuls = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def kafka(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """The embedded Kafka of the platform in the folder `data`, once it listens."""
    environment = os.environ | {"STADSPULS_DATA_DIR": str(tmp_path / "data"), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "cli.main", "run", "kafka"]
    with subprocess.Popen(command, env=environment, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("127.0.0.1:")
        yield process
        process.kill()


def test_the_embedded_kafka_is_found_by_the_data_folder(stadspuls: Stadspuls, kafka: subprocess.Popen[str]) -> None:
    answer = stadspuls("topics", data_dir="data")
    assert answer.returncode == 0, answer.stderr
    lines = [line.split() for line in answer.stdout.splitlines() if line]
    assert lines[:5] == [
        ["topic", "partitions", "copies", "kept", "records"],
        ["stadspuls.messages", "4", "-", "in", "memory", "0"],
        ["stadspuls.observations", "4", "-", "in", "memory", "0"],
        ["stadspuls.rejected", "4", "-", "in", "memory", "0"],
        ["stadspuls.births", "4", "-", "in", "memory", "0"],
    ]
    assert lines[6:] == [[str(partition), "0", "0"] for partition in (0, 1, 2, 3, "all")]


def test_in_a_pipe_nothing_is_cut(stadspuls: Stadspuls, kafka: subprocess.Popen[str]) -> None:
    prefix = "stadspuls-" * 12
    shown = stadspuls("topics", data_dir="data", topic_prefix=prefix).stdout
    assert f"{prefix}.observations" in shown


def test_everything_is_told_as_json_too(stadspuls: Stadspuls, kafka: subprocess.Popen[str]) -> None:
    document = json.loads(stadspuls("topics", "--json", data_dir="data").stdout)
    assert document["topics"][1] == {
        "name": "stadspuls.observations",
        "partitions": 4,
        "replication": None,
        "retention_ms": None,
        "records": 0,
    }
    assert document["lag"][3] == {"partition": 3, "streams": 0, "sink": 0}
    assert document["said"] == []


def test_the_address_goes_with_the_kafka(stadspuls: Stadspuls, kafka: subprocess.Popen[str], tmp_path: Path) -> None:
    assert (tmp_path / "data" / KAFKA_ADDRESS).exists()
    kafka.send_signal(signal.SIGTERM)
    assert kafka.wait(30) == 0
    assert not (tmp_path / "data" / KAFKA_ADDRESS).exists()
    answer = stadspuls("topics", data_dir="data")
    assert (answer.returncode, answer.stdout) == (1, "")
    assert answer.stderr == "stadspuls: No platform runs on data: its Kafka lives in memory, and only meanwhile\n"


def test_the_address_of_a_killed_kafka_is_not_believed(
    stadspuls: Stadspuls, kafka: subprocess.Popen[str], tmp_path: Path
) -> None:
    kafka.kill()
    kafka.wait(30)
    assert (tmp_path / "data" / KAFKA_ADDRESS).exists()
    assert "No platform runs on data" in stadspuls("topics", data_dir="data").stderr


def test_two_of_them_cannot_have_one_folder(stadspuls: Stadspuls, kafka: subprocess.Popen[str]) -> None:
    answer = stadspuls("run", "kafka", data_dir="data")
    assert answer.returncode == 1
    assert "An in-memory Kafka already runs on data (127.0.0.1:" in answer.stderr


@pytest.mark.parametrize("command", ["topics", "rebuild"])
def test_a_real_kafka_that_does_not_answer_is_told_with_its_cure(stadspuls: Stadspuls, command: str) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{closed.getsockname()[1]}"
        answer = stadspuls(command, profile="real", store="sqlite", kafka_bootstrap=address, data_dir="data")
    assert answer.returncode == 1
    assert f"stadspuls: Kafka at {address} " in answer.stderr
    assert "Traceback" not in answer.stderr
