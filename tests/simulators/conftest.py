import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.embedded.mqtt import find_mosquitto, mosquitto_command
from stadspuls.registry import Registry, load_registry
from stadspuls.settings import ROOT, Settings, load_settings


@pytest.fixture(scope="session")
def registry() -> Registry:
    return load_registry(ROOT / "cities", ROOT / "themes")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return load_settings(None, mqtt_port=free.getsockname()[1], data_dir=tmp_path)


AMQTT = """
from deploy.embedded.amqtt import run_amqtt
from stadspuls.service import stop_on_signal
from stadspuls.settings import load_settings

run_amqtt(load_settings(None, mqtt_port={port}), stop_on_signal())
"""


@pytest.fixture(params=["amqtt", "mosquitto"])
def broker(request: pytest.FixtureRequest, settings: Settings) -> Iterator[Settings]:
    """Settings whose broker runs, in a process of its own."""
    if request.param == "amqtt":
        command = [sys.executable, "-c", AMQTT.format(port=settings.mqtt_port)]
    elif find_mosquitto():
        command = mosquitto_command(settings)
    else:
        pytest.skip("mosquitto is not installed")
    with subprocess.Popen(command, stderr=subprocess.DEVNULL, cwd=ROOT) as process:
        try:
            await_port(settings)
            yield settings
        finally:
            process.terminate()


def await_port(settings: Settings) -> None:
    for _ in range(200):
        try:
            socket.create_connection((settings.mqtt_host, settings.mqtt_port), 1).close()
            return
        except OSError:
            time.sleep(0.05)
    pytest.fail("the broker did not start")
