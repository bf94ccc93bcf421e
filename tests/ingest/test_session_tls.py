"""The bridge's session over TLS: what came in one record with more is read without waiting for the next."""

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.accounts.certificates import make_certificates
from ingest.frames import Ticket
from ingest.session import MqttSession
from stadspuls.mqtt_access import accounts_dir
from stadspuls.settings import Settings, load_settings

CONNACK = b"\x20\x02\x00\x00"
MESSAGES = 300
"""More than the session reads at a time; together they fit into one record of TLS (16 KiB)."""


@contextmanager
def broker(settings: Settings) -> Iterator[int]:
    """Takes one session, and answers its subscription with everything in one record; the port."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(accounts_dir(settings) / "server.pem")
    done = threading.Event()

    def serve() -> None:
        plain, _ = server.accept()
        with context.wrap_socket(plain, server_side=True) as connection:
            connection.recv(4096)
            connection.sendall(CONNACK)
            subscribe = connection.recv(4096)
            suback = b"\x90\x03" + subscribe[2:4] + b"\x01"
            connection.sendall(suback + b"".join(b"\x30\x08\x00\x01t%05d" % number for number in range(MESSAGES)))
            done.wait(60)

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve)
        thread.start()
        yield server.getsockname()[1]
        done.set()
        thread.join()


def test_messages_that_came_in_one_record_are_all_read_at_once(tmp_path: Path) -> None:
    settings = load_settings(None, profile="real", data_dir=tmp_path)
    make_certificates(settings, ["127.0.0.1"])
    got: list[bytes] = []

    def receive(_topic: str, payload: bytes, _retained: bool, _ticket: Ticket | None) -> None:
        got.append(payload)

    with broker(settings) as port:
        ca = str(accounts_dir(settings) / "ca.pem")
        session = MqttSession(settings.model_copy(update={"mqtt_port": port, "mqtt_tls": True, "mqtt_ca": ca}), receive)
        deadline = time.monotonic() + 60
        while len(got) < MESSAGES:
            assert time.monotonic() < deadline, f"only {len(got)} of {MESSAGES} messages"
            session.step(0.1, read=True)
        session.close()
    assert got == [b"%05d" % number for number in range(MESSAGES)]
