"""One stream of server-sent events (WHATWG HTML, section 9.2): the answer that does not end."""

import asyncio
import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress

from fastapi import Response
from starlette.types import Receive, Scope, Send

from apis.events.hub import Hub
from apis.events.models import Slow
from apis.events.reader import Ending, Kind, Reader
from apis.events.writing import notice
from apis.visitors import Visitors

MEDIA_TYPE = "text/event-stream"
HEADERS = {
    "Cache-Control": "no-cache, no-transform",
    # nginx would keep events back until its buffer is full.
    "X-Accel-Buffering": "no",
    "Vary": "Accept-Encoding",
}
RETRY_MS = range(1000, 4000)
"""When clients come back after a loss: not all at once after a restart."""
LAST_WORDS_SECONDS = 60.0
"""How long a client that does not read may take to hear that it is let go."""


class EventStream(Response):
    """Sends what a subscriber is given, until either side ends it."""

    media_type = MEDIA_TYPE
    charset = "utf-8"

    def __init__(self, hub: Hub, kind: Kind, begin: Callable[[Reader], bytes], headers: Mapping[str, str]) -> None:
        """`begin` gives a new subscriber what it follows, and returns what it gets first."""
        super().__init__(headers={**HEADERS, **headers})
        del self.headers["content-length"]
        self._hub = hub
        self._kind = kind
        self._begin = begin

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer; HEAD gets the headers alone.

        Raises:
            Unavailable: before anything is sent, when there is no room.
            TooManyRequests: likewise, when the address it comes from has enough.
        """
        visitors: Visitors = scope["app"].state.visitors
        with visitors.streaming(scope):
            await self._answer(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._hub.require_room()
        start = {"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers}
        if scope["state"]["asked"] == "HEAD":
            await send(start)
            await send({"type": "http.response.body", "body": b""})
            return
        reader = self._hub.open(self._kind)
        gone = asyncio.create_task(_until_gone(receive, reader))
        try:
            first = self._begin(reader)
            await send(start)
            await self._serve(reader, first, send)
        finally:
            self._hub.close(reader)
            gone.cancel()
            with suppress(asyncio.CancelledError):
                await gone

    async def _serve(self, reader: Reader, first: bytes, send: Send) -> None:
        try:
            async with asyncio.timeout(None) as deadline:
                reader.guard(deadline)
                await _write(reader, send, first)
                while parts := await reader.next():
                    await _write(reader, send, b"".join(parts))
        except TimeoutError:
            if reader.ending is not Ending.SLOW:
                raise
        words = slow_words(reader) if reader.ending is Ending.SLOW else b""
        # From here on it is no subscriber any more: others may have its place.
        self._hub.close(reader)
        with suppress(TimeoutError):
            async with asyncio.timeout(LAST_WORDS_SECONDS):
                await send({"type": "http.response.body", "body": words, "more_body": False})


async def _write(reader: Reader, send: Send, body: bytes) -> None:
    reader.sending = True
    await send({"type": "http.response.body", "body": body, "more_body": True})
    reader.sent()


async def _until_gone(receive: Receive, reader: Reader) -> None:
    try:
        while (await receive())["type"] != "http.disconnect":
            pass
    finally:
        reader.stop(Ending.GONE)


def opening(position: int | None, events: bytes = b"") -> bytes:
    """The first block: when to come back and, where there are ids, where the stream begins; then the first events."""
    retry = b"retry: %d\n" % secrets.choice(RETRY_MS)
    place = b"" if position is None else b"id: %d\n" % position
    return retry + place + b"\n" + events


def slow_words(reader: Reader) -> bytes:
    """The last event for a client that does not keep up."""
    if reader.kind is Kind.AREA:
        detail = "not read fast enough; connect again, which begins with a snapshot, or ask for less"
        return notice(Slow(detail, {}), reader.wire)
    places = reader.places()
    detail = "not read fast enough; go on from here without loss, or ask for less"
    slow = Slow(detail, {name: str(position) for name, position in places.items()})
    return notice(slow, reader.wire, max(places.values(), default=0))
