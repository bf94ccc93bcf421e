"""The example of MQTT in `examples/`, and the command of the documentation, are run as they stand there."""

import json
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest

from apis.mqtt.examples import SITE_MESSAGE, TOPIC
from stadspuls.registry import Registry
from stadspuls.settings import ROOT, Settings
from tests.apis.kafka import running_kafka
from tests.apis.mqtt.stage import Stage, staged

pytestmark = pytest.mark.skipif(
    shutil.which("mosquitto_sub") is None, reason="mosquitto_sub is not installed: the package `mosquitto-clients`"
)


@pytest.fixture
def stage(settings: Settings, registry: Registry, tmp_path: Path) -> Iterator[Stage]:
    with running_kafka() as kafka, staged(settings, registry, tmp_path, kafka) as stage:
        stage.start("public-mqtt", "publisher")
        stage.publish(stage.one(5.0))
        yield stage


@contextmanager
def output(command: Sequence[str]) -> Iterator[IO[str]]:
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield process.stdout
    finally:
        process.kill()
        process.communicate()


def said(line: str) -> tuple[str, float]:
    """Topic and value in a line of `mosquitto_sub -v`."""
    topic, _, payload = line.partition(" ")
    return topic, json.loads(payload)["observations"][0]["value"]


def test_the_shell_example_shows_a_square(stage: Stage) -> None:
    with output(["sh", str(ROOT / "examples" / "square.sh"), "127.0.0.1", str(stage.port), "u14dky"]) as lines:
        assert said(lines.readline()) == (TOPIC, 5)
        stage.publish(stage.one(4.0))
        assert said(lines.readline()) == (TOPIC, 4)


def test_the_command_of_the_documentation_works(stage: Stage) -> None:
    (command,) = re.findall(r"^    (mosquitto_sub .*)$", (ROOT / "docs" / "api.md").read_text(), re.MULTILINE)
    words = shlex.split(command)
    words[words.index("-p") + 1] = str(stage.port)
    with output(words) as lines:
        assert said(lines.readline()) == (TOPIC, 5)


def test_the_message_in_the_documentation_is_the_example() -> None:
    text = (ROOT / "docs" / "api.md").read_text()
    block = text.split("### A site's message", 1)[1].split("```json\n", 1)[1].split("```", 1)[0]
    assert json.loads(block) == SITE_MESSAGE
    assert f"`{TOPIC}`" in text
