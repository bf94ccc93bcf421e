"""Clients of live streams for tests, over real sockets: server-sent events as the standard reads them, WebSocket."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

SECONDS = 60.0


@dataclass
class Event:
    """One dispatched event."""

    name: str
    data: Any
    id: str


class SseParser:
    """The event stream interpretation of WHATWG HTML 9.2.6; bytes in, events out."""

    def __init__(self) -> None:
        self.last_id = ""
        self.retry: int | None = None
        self.comments: list[str] = []
        self._rest = b""
        self._id = self._name = ""
        self._data: list[str] = []

    def feed(self, received: bytes) -> list[Event]:
        *lines, self._rest = (self._rest + received).split(b"\n")
        events = []
        for line in lines:
            event = self._line(line.decode())
            if event is not None:
                events.append(event)
        return events

    def _line(self, line: str) -> Event | None:
        if not line:
            return self._dispatch()
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if not field:
            self.comments.append(value)
        elif field == "id":
            self._id = value
        elif field == "event":
            self._name = value
        elif field == "data":
            self._data.append(value)
        elif field == "retry":
            self.retry = int(value)
        else:
            raise AssertionError(f"a field that no event has: {line!r}")
        return None

    def _dispatch(self) -> Event | None:
        self.last_id = self._id
        name, data = self._name or "message", self._data
        self._name, self._data = "", []
        return Event(name, json.loads("\n".join(data)), self.last_id) if data else None


class SseStream:
    """One open stream."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.parser = SseParser()
        self.status = 0
        self.headers: dict[str, str] = {}
        self.ended = False
        self.body = b""
        self._reader, self.writer = reader, writer
        self._events: list[Event] = []

    async def open(self, path: str, headers: dict[str, str], method: str = "GET") -> None:
        lines = [f"{method} {path} HTTP/1.1", "Host: data.example", *(f"{n}: {v}" for n, v in headers.items()), "", ""]
        self.writer.write("\r\n".join(lines).encode())
        head = (await asyncio.wait_for(self._reader.readuntil(b"\r\n\r\n"), SECONDS)).decode().split("\r\n")
        self.status = int(head[0].split()[1])
        self.headers = {n.lower(): v for n, _, v in (line.partition(": ") for line in head[1:] if line)}
        if "content-length" in self.headers and method != "HEAD":
            self.body = await asyncio.wait_for(self._reader.readexactly(int(self.headers["content-length"])), SECONDS)

    async def more(self) -> bool:
        """Read one chunk; False at the end of the stream."""
        try:
            size = int(await self._reader.readuntil(b"\r\n"), 16)
            chunk = await self._reader.readexactly(size + 2)
        except (asyncio.IncompleteReadError, ConnectionError):
            size = 0
        if size == 0:
            self.ended = True
            return False
        self._events += self.parser.feed(chunk[:-2])
        return True

    async def next(self, seconds: float = SECONDS) -> Event:
        """The next event."""
        async with asyncio.timeout(seconds):
            while not self._events:
                assert await self.more(), "the stream ended"
        return self._events.pop(0)

    async def observation(self) -> Event:
        """The next observation; the small registry's values are old, so that the dataset may be called stale before."""
        while (event := await self.next()).name == "stale":
            pass
        assert event.name == "observation", event
        return event

    async def observations(self, count: int) -> list[Event]:
        return [await self.observation() for _ in range(count)]

    async def rest(self) -> list[Event]:
        """Everything until the end of the stream."""
        async with asyncio.timeout(SECONDS):
            while not self.ended:
                await self.more()
        events, self._events = self._events, []
        return events

    def buffered(self) -> list[Event]:
        """What has come and was not taken yet."""
        events, self._events = self._events, []
        return events


@asynccontextmanager
async def sse(
    port: int, path: str, *, method: str = "GET", limit: int = 2**16, **headers: str
) -> AsyncIterator[SseStream]:
    """A stream, once its headers are there."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=limit)
    stream = SseStream(reader, writer)
    try:
        await stream.open(path, {name.replace("_", "-"): value for name, value in headers.items()}, method)
        yield stream
    finally:
        writer.transport.abort()
