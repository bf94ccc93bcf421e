"""The real servers for tests: instances of their own on free ports and in temporary folders, started when first asked.

A test that may mistreat a server starts one with `start_server`; the others share `mosquitto`, `kafka`, `influxdb`.
"""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.servers.running import Running
from stadspuls.settings import Settings
from tests.real.serving import REQUIRE, StartServer, forget_session, running, settings_for

# Kafka starts in half the time when its code is not made fast for the long run.
os.environ.setdefault("JAVA_TOOL_OPTIONS", "-XX:TieredStopAtLevel=1")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(REQUIRE, action="store_true", help="fail, and do not skip, when a real server is not installed")


@pytest.fixture(scope="session")
def mosquitto(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running("mosquitto", request, tmp_path_factory.mktemp("mosquitto")) as one:
        yield one


@pytest.fixture(scope="session")
def kafka(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running("kafka", request, tmp_path_factory.mktemp("kafka")) as one:
        yield one


@pytest.fixture(scope="session")
def influxdb(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running("influxdb", request, tmp_path_factory.mktemp("influxdb")) as one:
        yield one


@pytest.fixture
def start_server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[StartServer]:
    """Starts a server, by its name, that this test alone has."""
    with contextlib.ExitStack() as stack:
        yield lambda name: stack.enter_context(running(name, request, tmp_path / name))


@pytest.fixture
def real_settings(mosquitto: Running, kafka: Running, influxdb: Running, tmp_path: Path) -> Iterator[Settings]:
    """The real profile on the shared servers, with topics, a bucket and an MQTT session of this test's own.

    Nothing of them exists yet but the bucket's name: topics and bucket are made by who needs them.
    """
    settings = settings_for(mosquitto, kafka, influxdb, tmp_path)
    yield settings
    forget_session(settings)
