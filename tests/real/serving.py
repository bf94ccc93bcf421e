"""Instances of the real servers for tests, and settings that lead to them."""

import contextlib
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from deploy.servers.base import Server
from deploy.servers.every import every_server
from deploy.servers.influxdb import InfluxDB
from deploy.servers.ports import free_port
from deploy.servers.running import Running
from stadspuls.settings import Profile, Settings, load_settings

StartServer = Callable[[str], Running]
REQUIRE = "--require-servers"


def server(name: str) -> Server:
    """A server by its name, with the settings that the real profile gives it, and no account of this checkout's."""
    settings = load_settings(None, profile=Profile.REAL, data_dir=Path("no-data"))
    (found,) = (one for one in every_server(settings) if one.name == name)
    return found


def installed(name: str, request: pytest.FixtureRequest) -> Server:
    """The server, or the test is skipped: failed, when the servers are required."""
    found = server(name)
    missing = [str(one) for one in found.missing()]
    if missing or not found.installed():
        reason = f"{name} is not installed: `make servers` installs it" + "".join(f"; {one}" for one in missing)
        if request.config.getoption(REQUIRE, default=False):
            pytest.fail(reason)
        pytest.skip(reason)
    return found


@contextlib.contextmanager
def running(name: str, request: pytest.FixtureRequest, folder: Path) -> Iterator[Running]:
    one = Running(installed(name, request), folder, free_port())
    one.start()
    try:
        yield one
    finally:
        one.kill()  # its folder ends with it


def settings_for(mosquitto: Running, kafka: Running, influxdb: Running, data_dir: Path) -> Settings:
    """The real profile on these servers, with names that nothing else uses."""
    own = f"t{uuid.uuid4().hex[:12]}"
    return load_settings(
        None,
        profile=Profile.REAL,
        http_port=free_port(),
        mqtt_port=mosquitto.port,
        mqtt_client_id=f"{own}-bridge",
        kafka_bootstrap=str(kafka.address),
        topic_prefix=own,
        influx_url=f"http://{influxdb.address}",
        influx_bucket=own,
        influx_token=token_of(influxdb),
        data_dir=data_dir,
        simulate=False,
    )


def token_of(influxdb: Running) -> str:
    """The token with which an InfluxDB of these tests may be asked everything."""
    assert isinstance(influxdb.server, InfluxDB)
    return influxdb.server.token(influxdb.folder)


def forget_session(settings: Settings) -> None:
    """Make Mosquitto forget the bridge's session: it would keep every later test's messages for it."""
    client = Client(CallbackAPIVersion.VERSION2, client_id=settings.mqtt_client_id, clean_session=True)
    client.connect(settings.mqtt_host, settings.mqtt_port)
    client.loop_start()
    client.disconnect()
    client.loop_stop()
