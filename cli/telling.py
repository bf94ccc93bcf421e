"""What a process tells of itself over HTTP where it has a machine or a container to itself: `/metrics`, `/health/live`.

`up` needs none of it: there the processes share a folder of metrics, and the supervisor looks after them.
"""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from prometheus_client import REGISTRY
from prometheus_client.exposition import choose_encoder

from stadspuls import heartbeat
from stadspuls.errors import StartError

METRICS = "/metrics"
HEALTH = "/health/live"
_CLIENT_SECONDS = 10.0
"""How long a client may take for its question."""


@contextmanager
def telling(address: str | None) -> Iterator[None]:
    """Answer on `host:port` while the block runs; None answers nobody.

    Raises:
        StartError: when that is no address, or cannot be listened on.
    """
    if address is None:
        yield
        return
    server = _listen(address)
    thread = threading.Thread(target=server.serve_forever, name="telling", daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _listen(address: str) -> ThreadingHTTPServer:
    host, _, port = address.rpartition(":")
    if not host or not port.isdecimal():
        raise StartError(f"--tell {address}: not a host and a port, as 127.0.0.1:9464 is")
    try:
        return _Server((host, int(port)), _Answers)
    except (OSError, OverflowError) as error:
        raise StartError(f"--tell {address}: cannot be listened on: {error}") from error


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, _request: socket.socket | tuple[bytes, socket.socket], _client_address: object) -> None:
        """Say nothing: a client that left needs no traceback."""


class _Answers(BaseHTTPRequestHandler):
    """Answers two questions."""

    timeout = _CLIENT_SECONDS

    def do_GET(self) -> None:
        """Answer one question."""
        if self.path == METRICS:
            encode, kind = choose_encoder(self.headers.get("Accept", ""))
            self._answer(HTTPStatus.OK, kind, encode(REGISTRY))
        elif self.path == HEALTH:
            trouble = heartbeat.trouble()
            status = HTTPStatus.SERVICE_UNAVAILABLE if trouble else HTTPStatus.OK
            self._answer(status, "text/plain", (trouble or "works").encode())
        else:
            self._answer(HTTPStatus.NOT_FOUND, "text/plain", b"")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name in the standard library
        """Say nothing: a line for each look would drown the others."""

    def _answer(self, status: HTTPStatus, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
