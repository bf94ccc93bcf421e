"""The certificate that API and door show: renewed in place, taken up without losing a connection."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from deploy.accounts.certificates import sign_server
from stadspuls import http_server
from stadspuls.errors import StartError
from stadspuls.http_server import HttpServer, shown_certificate
from stadspuls.settings import Settings, load_settings
from tests.platform.running import eventually

LIMIT = 60.0


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    file = tmp_path / "server.pem"
    sign_server(file, ["127.0.0.1"], "first")
    return load_settings(None, http_tls_cert=str(file), http_tls_key=str(file), data_dir=tmp_path)


async def answer(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


@contextmanager
def serving(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    monkeypatch.setattr(http_server, "LOOK_TICKS", 1)
    config = uvicorn.Config(answer, lifespan="off", log_config=None, loop="uvloop", timeout_graceful_shutdown=5)
    server = HttpServer(config, shown_certificate(settings))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        try:
            eventually(lambda: server.started, LIMIT)
            yield listener.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join(LIMIT)
            assert not thread.is_alive()


def connected(settings: Settings, port: int) -> ssl.SSLSocket:
    context = ssl.create_default_context(cafile=str(Path(settings.http_tls_cert).with_name("ca.pem")))
    return context.wrap_socket(socket.create_connection(("127.0.0.1", port), LIMIT), server_hostname="127.0.0.1")


def shown(settings: Settings, port: int) -> str:
    with connected(settings, port) as connection:
        certificate = connection.getpeercert()
        assert certificate
        return str(certificate["subject"][0][0][1])


def asked(connection: ssl.SSLSocket) -> bytes:
    connection.sendall(b"GET / HTTP/1.1\r\nHost: here\r\n\r\n")
    heard = b""
    while not heard.endswith(b"ok"):
        piece = connection.recv(4096)
        assert piece, heard
        heard += piece
    return heard


def test_a_renewed_certificate_is_shown_to_who_comes_and_who_is_there_stays(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(settings, monkeypatch) as port, connected(settings, port) as kept:
        assert asked(kept).startswith(b"HTTP/1.1 200")
        assert shown(settings, port) == "first"
        sign_server(Path(settings.http_tls_cert), ["127.0.0.1"], "second")
        eventually(lambda: shown(settings, port) == "second", LIMIT)
        assert asked(kept).startswith(b"HTTP/1.1 200")


def test_half_a_renewal_changes_nothing_until_it_is_whole(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    file = Path(settings.http_tls_cert)
    with serving(settings, monkeypatch) as port:
        sign_server(file.with_name("next.pem"), ["127.0.0.1"], "third")
        whole = file.with_name("next.pem").read_text()
        file.write_text(whole.partition("-----BEGIN PRIVATE KEY")[0])
        eventually(lambda: "cannot be used yet" in "".join(capfd.readouterr()), LIMIT)
        assert shown(settings, port) == "first"
        file.write_text(whole)
        eventually(lambda: shown(settings, port) == "third", LIMIT)


def test_a_stop_waits_for_no_idle_client(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with serving(settings, monkeypatch) as port:
        idle = connected(settings, port)
        asked(idle)
    idle.close()
    assert "exceeded" not in caplog.text


def test_a_certificate_that_cannot_be_used_is_named_at_the_start(settings: Settings) -> None:
    Path(settings.http_tls_cert).write_text("no certificate")
    with pytest.raises(StartError, match=r"STADSPULS_HTTP_TLS_CERT and _KEY: .*server\.pem cannot be used"):
        shown_certificate(settings)
