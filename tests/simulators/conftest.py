import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.embedded.amqtt import run_amqtt
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


@pytest.fixture(params=["amqtt", "mosquitto"])
def broker(request: pytest.FixtureRequest, settings: Settings) -> Iterator[Settings]:
    """Settings whose broker runs."""
    if request.param == "amqtt":
        with amqtt(settings):
            yield settings
    elif find_mosquitto() is None:
        pytest.skip("mosquitto is not installed")
    else:
        with subprocess.Popen(mosquitto_command(settings), stderr=subprocess.DEVNULL) as process:
            await_port(settings)
            yield settings
            process.terminate()


class amqtt:  # noqa: N801 - reads as what it is
    """Runs amqtt in a thread."""

    def __init__(self, settings: Settings) -> None:
        self._settings, self._stop = settings, threading.Event()
        self._thread = threading.Thread(target=run_amqtt, args=(settings, self._stop))

    def __enter__(self) -> None:
        self._thread.start()
        await_port(self._settings)

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(20)


def await_port(settings: Settings) -> None:
    for _ in range(200):
        try:
            socket.create_connection((settings.mqtt_host, settings.mqtt_port), 1).close()
            return
        except OSError:
            time.sleep(0.05)
    pytest.fail("the broker did not start")
