"""The API as a process, for tests that speak to it by sockets."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.apis.cities import small_registry

ROOT = Path(__file__).parent.parent.parent
DEADLINE = 60.0
PROGRAM = """\
import sys
from apis.service import run_api
from stadspuls import http_connections
from stadspuls.logs import set_up_logs
from stadspuls.registry import load_registry
from stadspuls.settings import load_settings

http_connections.HEAD_SECONDS = float((sys.argv[1:] or [20])[0])
settings = load_settings(None)
set_up_logs(settings, "api")
run_api(settings, load_registry(settings.cities_dir, settings.themes_dir))
"""


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def api_process(
    folder: Path, head_seconds: float = 20.0, **settings: str
) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """The port on which it answers, and the process."""
    small_registry(folder)
    (folder / "data").mkdir()
    port = free_port()
    given = {
        "DATA_DIR": str(folder / "data"),
        "CITIES_DIR": str(folder / "cities"),
        "THEMES_DIR": str(folder / "themes"),
        "HTTP_PORT": str(port),
        "KAFKA_BOOTSTRAP": "127.0.0.1:1",
        **settings,
    }
    environment = {name: value for name, value in os.environ.items() if not name.startswith("STADSPULS_")}
    environment |= {"PYTHONPATH": str(ROOT)} | {f"STADSPULS_{name}": value for name, value in given.items()}
    with (folder / "log").open("wb") as log:
        child = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(head_seconds)], env=environment, stderr=log, stdout=log
        )
    try:
        _await(given.get("HTTP_HOST", "127.0.0.1"), port, child)
        yield port, child
    finally:
        child.kill()
        child.wait()


def _await(host: str, port: int, child: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + DEADLINE
    while time.monotonic() < end and child.poll() is None:
        try:
            socket.create_connection((host, port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("the API does not listen")


def said(connection: socket.socket) -> bytes:
    """Everything until the other side ends it."""
    connection.settimeout(DEADLINE)
    found = b""
    try:
        while part := connection.recv(65536):
            found += part
    except ConnectionResetError:
        pass
    return found


def asked(port: int, request: bytes, host: str = "127.0.0.1") -> bytes:
    """The answer to what was sent on a connection of its own; the request says that it is the last."""
    with socket.create_connection((host, port), DEADLINE) as connection:
        with suppress(BrokenPipeError, ConnectionResetError):
            connection.sendall(request)
        return said(connection)
