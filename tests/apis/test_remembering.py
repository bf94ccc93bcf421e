"""Answers that never change come from memory: the same for the same question, and for no other."""

import asyncio
from collections.abc import Iterable
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send

from apis import remembering
from apis.remembering import Remember

FOREVER = {"cache-control": "public, max-age=31536000, immutable", "vary": "Accept, Accept-Encoding"}


class Asked:
    """An application that tells what it was asked, and counts."""

    def __init__(self, headers: dict[str, str] = FOREVER, status: int = 200, parts: int = 1) -> None:
        self.times = 0
        self.headers = headers
        self.status = status
        self.parts = parts
        self.size = 10

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.times += 1
        scope["route"] = "the route"
        headers = [(name.encode(), value.encode()) for name, value in self.headers.items()]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        for part in range(self.parts):
            body = str(self.times).encode().rjust(self.size)
            await send({"type": "http.response.body", "body": body, "more_body": part + 1 < self.parts})


def ask(app: Remember, path: str = "/p", query: str = "", asked: str = "GET", **headers: str) -> tuple[str, Scope]:
    """The body, and the scope as it is afterwards; whoever is outside adds a header to what it gets."""
    given = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return ask_raw(app, path, query, asked, given)


def ask_raw(
    app: Remember, path: str, query: str, asked: str, headers: Iterable[tuple[bytes, bytes]]
) -> tuple[str, Scope]:
    scope: dict[str, Any] = {
        "type": "http",
        "method": "GET",
        "path": path,
        "query_string": query.encode(),
        "headers": list(headers),
        "state": {"asked": asked},
    }
    body = b""

    async def receive() -> Message:
        raise AssertionError("nothing is received")

    async def send(message: Message) -> None:
        nonlocal body
        if message["type"] == "http.response.start":
            assert (b"x-request-id", b"1") not in message["headers"]
            message["headers"] = [*message["headers"], (b"x-request-id", b"1")]
        body += message.get("body", b"")

    asyncio.run(app(scope, receive, send))
    return body.decode().strip(), scope


def test_the_same_question_is_answered_from_memory_with_its_route() -> None:
    inner = Asked()
    app = Remember(inner, lambda: 1)
    assert [ask(app, accept="text/turtle")[0] for _ in range(3)] == ["1", "1", "1"]
    assert inner.times == 1
    assert ask(app, accept="text/turtle")[1]["route"] == "the route"


@pytest.mark.parametrize(
    "other",
    [
        {"path": "/q"},
        {"query": "page=1"},
        {"accept": "text/csv"},
        {"accept_encoding": "gzip"},
        {"accept_language": "fr"},
        {"if_none_match": '"x"'},
        {"if_modified_since": "Tue, 24 Nov 2026 00:00:00 GMT"},
        {"accept": ""},
    ],
)
def test_another_question_is_asked(other: dict[str, str]) -> None:
    app = Remember(Asked(), lambda: 1)
    assert ask(app)[0] == "1"
    assert ask(app, **other)[0] == "2"
    assert (ask(app)[0], ask(app, **other)[0]) == ("1", "2")


@pytest.mark.parametrize(
    "inner",
    [
        Asked({"cache-control": "public, max-age=5"}),
        Asked({}),
        Asked({**FOREVER, "vary": "Accept, Cookie"}),
        Asked({**FOREVER, "vary": "*"}),
        Asked(status=206),
        Asked(status=404),
        Asked(parts=2),
    ],
)
def test_what_may_change_or_is_no_whole_answer_is_not_kept(inner: Asked) -> None:
    app = Remember(inner, lambda: 1)
    before = inner.times
    ask(app)
    ask(app)
    assert inner.times == before + 2


@pytest.mark.parametrize("header", ["authorization", "range", "if-range", "if-match", "if-unmodified-since"])
def test_special_questions_are_passed_on(header: str) -> None:
    app = Remember(Asked(), lambda: 1)
    ask(app)
    assert ask_raw(app, "/p", "", "GET", [(header.encode(), b"x")])[0] == "2"
    assert ask_raw(app, "/p", "", "GET", [(b"accept", b"a"), (b"accept", b"b")])[0] == "3"


def test_long_questions_are_passed_on() -> None:
    app = Remember(Asked(), lambda: 1)
    long = "x" * remembering.LONGEST
    assert [ask(app, accept_language=long)[0], ask(app, accept_language=long)[0]] == ["1", "2"]
    assert [ask(app, query=long)[0], ask(app, query=long)[0]] == ["3", "4"]


def test_head_is_answered_but_its_answer_is_not_kept() -> None:
    app = Remember(Asked(), lambda: 1)
    assert ask(app, asked="HEAD")[0] == "1"
    assert ask(app)[0] == "2"
    assert ask(app, asked="HEAD")[0] == "2"


def test_answers_are_asked_for_again_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    app = Remember(Asked(), lambda: 1)
    ask(app)
    now = remembering.KEPT_SECONDS
    assert ask(app)[0] == "1"
    now += 1
    assert ask(app)[0] == "2"


def test_room_is_bounded_and_the_least_recently_asked_goes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    inner = Asked()
    inner.size = 1000
    monkeypatch.setattr(remembering, "MOST_BYTES", 3 * (1000 + remembering.OVERHEAD))
    app = Remember(inner, lambda: 1)
    for path in ("/a", "/b", "/c", "/a", "/d"):
        ask(app, path)
    assert inner.times == 4
    assert ask(app, "/a")[0] == "1"
    assert ask(app, "/b")[0] == "5"
    monkeypatch.setattr(remembering, "LARGEST", 999)
    assert [ask(app, "/e")[0], ask(app, "/e")[0]] == ["6", "7"]
