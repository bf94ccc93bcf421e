"""Many clients of server-sent events, in a thread of their own, that note how long each event was under way."""

import asyncio
import re
import socket
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import cast

import uvloop

from stadspuls.clock import now_us

BATCH = 50
"""Connections opened at once: more would overflow the server's backlog."""
OPEN_LIMIT = 60.0

Instants = Callable[[bytes], list[int]]
_ID = re.compile(rb"^id: (\d+)\nevent: ", re.MULTILINE)


def published(received: bytes) -> list[int]:
    """When the events in some bytes were published, in microseconds."""
    return [int(found) for found in _ID.findall(received)]


class Listeners:
    """Clients that read, and some that do not, from `__enter__` to `__exit__`."""

    def __init__(
        self, port: int, paths: list[str], *, stuck: Sequence[str] = (), instants: Instants = published
    ) -> None:
        """One client for each path, one that never reads for each of `stuck`; `instants`: when events began."""
        self.delays: list[int] = []
        """Microseconds from an event's instant until it was here."""
        self._port, self._paths, self._stuck, self._instants = port, paths, stuck, instants
        self._sockets: list[socket.socket] = []
        self._open = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=lambda: uvloop.run(self._run()))

    def __enter__(self) -> "Listeners":
        self._thread.start()
        deadline = time.monotonic() + OPEN_LIMIT
        for path in self._stuck:
            connection = socket.socket()
            # The kernel takes little for a client that does not read.
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.connect(("127.0.0.1", self._port))
            connection.sendall(_request(path))
            self._sockets.append(connection)
        while self._open < len(self._paths):
            if time.monotonic() > deadline:
                self.__exit__()
                raise RuntimeError(f"{self._open} of {len(self._paths)} streams opened within {OPEN_LIMIT:.0f} s")
            time.sleep(0.05)
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        for connection in self._sockets:
            connection.close()

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        for first in range(0, len(self._paths), BATCH):
            makers = [partial(_Client, self, path) for path in self._paths[first : first + BATCH]]
            await asyncio.gather(*[loop.create_connection(maker, "127.0.0.1", self._port) for maker in makers])
        await asyncio.to_thread(self._stop.wait)

    def opened(self) -> None:
        """A client has its answer."""
        self._open += 1

    def heard(self, received: bytes) -> None:
        """A client received something."""
        now = now_us()
        self.delays += [now - instant for instant in self._instants(received)]


class _Client(asyncio.Protocol):
    def __init__(self, listeners: Listeners, path: str) -> None:
        self._listeners, self._path, self._opened = listeners, path, False
        self._rest = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        cast(asyncio.Transport, transport).write(_request(self._path))

    def data_received(self, data: bytes) -> None:
        if not self._opened:
            self._opened = True
            self._listeners.opened()
        # Whole events only: a chunk of the answer may come in pieces.
        whole, end, self._rest = (self._rest + data).rpartition(b"\n\n")
        self._listeners.heard(whole + end)


def _request(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()
