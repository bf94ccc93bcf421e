"""The real servers as `servers start` runs them with TLS and accounts, and a platform that speaks nothing else."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import httpx
import pytest

from deploy.accounts.certificates import make_certificates, sign_server
from deploy.accounts.issuing import Issued, issue
from deploy.servers.influxdb import InfluxDB
from deploy.servers.kafka import Kafka
from deploy.servers.mosquitto import Mosquitto
from deploy.servers.ports import free_port
from deploy.servers.running import Running
from stadspuls.settings import Profile, Settings, load_settings
from tests.platform.running import Platform, eventually
from tests.real.serving import installed


@dataclass(frozen=True)
class Secured:
    """What runs, and what opens it."""

    settings: Settings
    platform: Platform
    account: Issued
    web: ssl.SSLContext
    """Trusts what the API and the door show."""

    def get(self, path: str, port: int | None = None) -> httpx.Response:
        base = f"https://127.0.0.1:{port or self.settings.http_port}"
        return httpx.get(base + path, verify=self.web, trust_env=False, timeout=30)


def given_settings(data_dir: Path) -> dict[str, object]:
    """What a user sets; secrets and the inner CA are found in the data folder."""
    web = str(data_dir.parent / "web" / "fullchain.pem")
    return {
        "profile": Profile.REAL,
        "data_dir": data_dir,
        "http_port": free_port(),
        "http_tls_cert": web,
        "http_tls_key": web,
        "door_port": free_port(),
        "mqtt_port": free_port(),
        "mqtt_tls_port": free_port(),
        "kafka_bootstrap": f"127.0.0.1:{free_port()}",
        "kafka_security": "sasl_tls",
        "influx_url": f"https://127.0.0.1:{free_port()}",
        "simulate": False,
    }


def environment_of(given: dict[str, object]) -> dict[str, str]:
    return {name.upper(): str(int(value) if isinstance(value, bool) else value) for name, value in given.items()}


@contextlib.contextmanager
def secured(request: pytest.FixtureRequest, folder: Path) -> Iterator[Secured]:
    for name in ("mosquitto", "kafka", "influxdb"):
        installed(name, request)
    given = given_settings(folder / "data")
    settings = load_settings(None, **given)
    sign_server(Path(settings.http_tls_cert), ["127.0.0.1"], "the city's own")
    make_certificates(settings, ["127.0.0.1"])
    account = issue(settings, "gent", "gent", ["gent"])
    with contextlib.ExitStack() as stack:
        for server in (Mosquitto(settings), Kafka(settings), InfluxDB(settings)):
            place = settings.data_dir / "servers" / server.name
            stack.enter_context(Running(server, place, server.address.port))
        # Our own processes speak TLS to the broker, too, as to one that is elsewhere.
        by_tls = {
            "mqtt_tls": True,
            "mqtt_ca": str(settings.data_dir / "accounts" / "ca.pem"),
            "mqtt_port": settings.mqtt_tls_port,
            "mqtt_tls_port": 0,
        }
        web = ssl.create_default_context(cafile=str(Path(settings.http_tls_cert).with_name("ca.pem")))
        platform = Platform(settings.data_dir, **environment_of(given | by_tls))
        platform.http = httpx.Client(
            base_url=f"https://127.0.0.1:{settings.http_port}", verify=web, timeout=30, trust_env=False
        )
        platform.start()
        eventually(partial(_answers, settings.door_port), 60)
        stack.callback(lambda: platform.process is None or platform.process.poll() is not None or platform.stop())
        yield Secured(load_settings(None, **(given | by_tls)), platform, account, web)


def _answers(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
        return True
    return False


@contextlib.contextmanager
def forwarded(host: str, port: int) -> Iterator[int]:
    """A port of another address that leads to one of 127.0.0.1."""
    listener = socket.create_server((host, 0))
    threading.Thread(target=_serve, args=(listener, port), daemon=True).start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def _serve(listener: socket.socket, port: int) -> None:
    with contextlib.suppress(OSError):
        while True:
            one, _ = listener.accept()
            threading.Thread(target=_forward, args=(one, port), daemon=True).start()


def _forward(one: socket.socket, port: int) -> None:
    with one, socket.create_connection(("127.0.0.1", port)) as other:
        back = threading.Thread(target=_pump, args=(other, one), daemon=True)
        back.start()
        _pump(one, other)
        back.join()


def _pump(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while piece := source.recv(65536):
            target.sendall(piece)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)
