"""Connections of our HTTP servers: how many an address has, and how long and how large the head of a request may be.

uvicorn bounds none of it: who opens connections and says nothing, or sends headers without end, would have them for
ever.
"""

import asyncio
import secrets
import time
from collections import Counter
from collections.abc import Iterable
from typing import Any, ClassVar

import msgspec
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from stadspuls.addresses import counted_as, is_among
from stadspuls.errors import HeadersTooLarge, RequestError, TooManyRequests
from stadspuls.metrics import HTTP_REFUSED
from stadspuls.problems import MEDIA_TYPE, STATUS, problem, problem_headers
from stadspuls.settings import Settings

HEAD_SECONDS = 20.0
"""How long address and headers may take to come, and a new connection to say anything."""
HEAD_BYTES = 256 * 1024
"""What is held of a head that does not end; also what is still read of a body that was answered before its end."""
RETRY_SECONDS = 60.0


class BoundedHttp(HttpToolsProtocol):
    """One connection, within bounds; subclasses by `bounded` know the settings."""

    base_url: ClassVar[str] = ""
    proxies: ClassVar[str] = ""
    most: ClassVar[int] = 0
    """Connections of one address; 0: any."""
    counts: ClassVar[Counter[str]]

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._name: str | None = None
        self._head = 0
        self._seen: tuple[object, float] | None = None
        """The request before the one whose head is awaited, and since when."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Count it; one too many is told so and closed."""
        super().connection_made(transport)
        host = self.client[0] if self.client else ""
        name = counted_as(host) if self.most and host else None
        if name is None or is_among(host, self.proxies):
            return
        if self.counts[name] >= self.most:
            self._refuse("connections", TooManyRequests(f"{name} has {self.most} connections already", RETRY_SECONDS))
            return
        self._name = name
        self.counts[name] += 1

    def connection_lost(self, exc: Exception | None) -> None:
        """Count it no longer."""
        self._release()
        super().connection_lost(exc)

    def handle_websocket_upgrade(self) -> None:
        """It is a live stream from now on, which are counted by themselves."""
        self._release()
        super().handle_websocket_upgrade()

    def data_received(self, data: bytes) -> None:
        """Read on, as long as the head of a request does not grow beyond what is held."""
        super().data_received(data)
        if not self._awaits_head():
            self._head = 0
            return
        self._head += len(data)
        if self._head > HEAD_BYTES and not self.transport.is_closing():
            self._refuse("head", HeadersTooLarge(f"address and headers have more than {HEAD_BYTES} bytes"))

    def send_400_response(self, msg: str) -> None:
        """What is no HTTP gets a problem document too."""
        if not self.transport.is_closing():
            self._refuse("malformed", RequestError("that is no HTTP"))

    def look(self, now: float) -> None:
        """Close it where the head of a request has not come in time."""
        if not self._awaits_head() or self.timeout_keep_alive_task is not None:
            self._seen = None
        elif self._seen is None or self._seen[0] is not self.cycle:
            self._seen = (self.cycle, now)
        elif now - self._seen[1] > HEAD_SECONDS and not self.transport.is_closing():
            HTTP_REFUSED.labels("slow").inc()
            self.transport.close()

    def _awaits_head(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def _release(self) -> None:
        if self._name is not None:
            self.counts[self._name] -= 1
            if not self.counts[self._name]:
                del self.counts[self._name]
            self._name = None

    def _refuse(self, reason: str, error: RequestError) -> None:
        HTTP_REFUSED.labels(reason).inc()
        status = STATUS[error.code]
        request_id = secrets.token_hex(8)
        body = msgspec.json.encode(problem(error, self.base_url, request_id))
        headers = problem_headers(error, "") | {
            "Content-Type": MEDIA_TYPE,
            "Content-Length": str(len(body)),
            "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
            "X-Content-Type-Options": "nosniff",
            "X-Request-Id": request_id,
            "Connection": "close",
        }
        lines = b"".join(f"{name}: {value}\r\n".encode() for name, value in headers.items())
        self.transport.write(STATUS_LINE[status] + lines + b"\r\n" + body)
        self.transport.close()


def bounded(settings: Settings) -> type[BoundedHttp]:
    """Connections as the settings bound them, each server with counts of its own."""
    known = {
        "base_url": settings.base_url,
        "proxies": settings.http_proxies,
        "most": settings.http_connections,
        "counts": Counter(),
    }
    return type("SettledHttp", (BoundedHttp,), known)


def look_at(connections: Iterable[object]) -> None:
    """Close those of them, a server's, that have waited too long for a request."""
    now = time.monotonic()
    for connection in tuple(connections):
        if isinstance(connection, BoundedHttp):
            connection.look(now)
