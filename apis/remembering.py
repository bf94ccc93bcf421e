"""Answers that never change, given again to whoever asks the very same, before anything else is worked through.

Closed pages and nodes are asked for over and over, by clients and by proxies. What makes a question the same one is its
address and the headers that decide an answer: what `Vary` may name, and what makes it conditional.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import NamedTuple

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_BYTES = 64 * 1024 * 1024
LARGEST = 2 * 1024 * 1024
"""A body beyond it is not kept."""
OVERHEAD = 2048
"""What an answer takes besides its body, at most about: its headers, and the question."""
LONGEST = 1024
"""Of a question, in characters; a longer one is passed on."""
KEPT_SECONDS = 60.0
"""What never changes may still end: by retention, or because a city takes it back."""

_VARYING = (b"accept", b"accept-encoding", b"accept-language")
_DECIDING = (*_VARYING, b"if-none-match", b"if-modified-since")
_ALONE = frozenset({b"authorization", b"range", b"if-range", b"if-match", b"if-unmodified-since"})
"""Questions with one of these are passed on, and so is one that has a header twice."""

Question = tuple[str, bytes, tuple[bytes | None, ...]]


class _Answered(NamedTuple):
    """A whole answer, and the route that gave it."""

    start: Message
    body: bytes
    route: object
    until: float


class Remember:
    """Gives immutable answers again from memory; where room is short, the least recently asked goes first."""

    def __init__(self, app: ASGIApp, version: Callable[[], object]) -> None:
        """`version` changes when an answer that never changes may be none any longer."""
        self._app = app
        self._current = version
        self._version: object = None
        self._answers: OrderedDict[Question, _Answered] = OrderedDict()
        self._bytes = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer from memory, or pass the request on and keep its answer where that will never change."""
        question = _question(scope)
        if question is None:
            await self._app(scope, receive, send)
            return
        found = self._find(question)
        if found is not None:
            scope["route"] = found.route
            # A copy: whoever dresses the answer further changes it in place.
            await send(dict(found.start))
            await send({"type": "http.response.body", "body": found.body})
            return
        start: Message | None = None
        version = self._version

        async def watch(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                start = dict(message)
            elif start is not None:
                if not message.get("more_body") and scope["state"]["asked"] == "GET" and version == self._current():
                    self._keep(question, start, message.get("body", b""), scope.get("route"))
                start = None
            await send(message)

        await self._app(scope, receive, watch)

    def _find(self, question: Question) -> _Answered | None:
        if self._version != (version := self._current()):
            self._version = version
            self._answers.clear()
            self._bytes = 0
        found = self._answers.get(question)
        if found is None:
            return None
        if found.until < time.monotonic():
            self._forget(question)
            return None
        self._answers.move_to_end(question)
        return found

    def _keep(self, question: Question, start: Message, body: bytes, route: object) -> None:
        if len(body) > LARGEST or not _never_changes(start):
            return
        if question in self._answers:
            self._forget(question)
        self._answers[question] = _Answered(start, body, route, time.monotonic() + KEPT_SECONDS)
        self._bytes += len(body) + OVERHEAD
        while self._bytes > MOST_BYTES:
            self._forget(next(iter(self._answers)))

    def _forget(self, question: Question) -> None:
        self._bytes -= len(self._answers.pop(question).body) + OVERHEAD


def _question(scope: Scope) -> Question | None:
    if scope["type"] != "http" or scope["method"] != "GET":
        return None
    headers = dict(scope["headers"])
    if len(headers) < len(scope["headers"]) or not _ALONE.isdisjoint(headers):
        return None
    deciding = tuple(map(headers.get, _DECIDING))
    if len(scope["path"]) + len(scope["query_string"]) + sum(len(each) for each in deciding if each) > LONGEST:
        return None
    return scope["path"], scope["query_string"], deciding


def _never_changes(start: Message) -> bool:
    headers = Headers(raw=start["headers"])
    varies = {name.strip().lower() for name in headers.get("vary", "").split(",")} - {""}
    return (
        start["status"] in (200, 304)
        and "immutable" in headers.get("cache-control", "")
        and varies <= {name.decode() for name in _VARYING}
    )
