"""What the door answers to whom."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from structlog.testing import capture_logs

from ingest.door import app as app_module
from ingest.door.app import create_door
from ingest.door.receiving import Receiver
from stadspuls.errors import TooManyRequests, Unavailable
from stadspuls.keys import KeyFile, Scope
from stadspuls.limits import RateLimit
from stadspuls.model import Message
from stadspuls.registry import Registry, Route
from stadspuls.settings import Settings, load_settings
from tests.streams.test_codec_examples import EXAMPLES, registry_of

TOPIC = "kortrijk/parking/market-counter"
READING = b'{"time": "2026-01-05T08:00:00Z", "vacantSpaces": 112}'


class Taken:
    """Stands for the receiver: keeps what it gets, or refuses it."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.refusal: Exception | None = None

    async def receive(self, message: Message, _route: Route) -> None:
        if self.refusal:
            raise self.refusal
        self.messages.append(message)


class Stage:
    def __init__(self, folder: Path) -> None:
        self.settings: Settings = load_settings(None, data_dir=folder / "data", public_url="https://stad.example")
        self.registry: Registry = registry_of(folder, EXAMPLES)
        self.taken = Taken()
        self.key = KeyFile(self.settings.keys_path).make("kortrijk", [Scope.INGEST])
        self._app = create_door(self.settings, self.registry, cast("Receiver", self.taken), lambda: None)

    def ask(self, path: str = TOPIC, content: Any = READING, method: str = "POST", **headers: str) -> httpx.Response:
        given = {"authorization": f"Bearer {self.key}"} | {name.replace("_", "-"): v for name, v in headers.items()}

        async def go() -> httpx.Response:
            transport = httpx.ASGITransport(self._app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://door") as client:
                return await client.request(method, f"/{path}", content=content, headers=given)

        return asyncio.run(go())

    def refused(self, status: int, code: str, *arguments: Any, **given: Any) -> httpx.Response:
        """Asks, and makes sure that it is refused like that, with nothing taken and nothing told of the key."""
        with capture_logs() as lines:
            answer = self.ask(*arguments, **given)
        assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
        assert (answer.json()["code"], answer.json()["status"]) == (code, status)
        assert answer.json()["type"] == f"https://stad.example/docs/errors#{code}"
        assert answer.json()["requestId"] == answer.headers["x-request-id"]
        assert self.taken.messages == []
        secret = self.key.split("_", 2)[2]
        assert secret not in answer.text + str(answer.headers) + str(lines)
        return answer


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


def test_a_message_is_taken_under_the_topic_of_its_path(stage: Stage) -> None:
    answer = stage.ask()
    assert answer.status_code == 202
    assert answer.json()["topic"] == TOPIC
    [message] = stage.taken.messages
    assert (message.topic, message.payload) == (TOPIC, READING)
    assert answer.json()["receivedAt"].endswith("Z")


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.codec)
def test_whatever_a_source_reads_is_taken_at_its_topic(stage: Stage, example: Any) -> None:
    assert stage.ask(example.message.topic, example.message.payload).status_code == 202
    assert stage.taken.messages[0].payload == example.message.payload


@pytest.mark.parametrize(
    "authorization", ["", "Bearer", "Bearer x", "Basic a2V5", "Bearer stadspuls_000000000000_wrong"]
)
def test_without_a_key_nobody_comes_in(stage: Stage, authorization: str) -> None:
    answer = stage.refused(401, "unauthorized", authorization=authorization)
    assert answer.headers["www-authenticate"] == "Bearer"


def test_a_stranger_is_not_told_what_there_is(stage: Stage) -> None:
    stage.refused(401, "unauthorized", "atlantis/parking/x", authorization="Bearer x")


def test_a_key_of_another_city_is_refused(stage: Stage) -> None:
    stage.refused(403, "forbidden", "gent/parking/P1")


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("kortrijk/parking/nobody", "unknown-sensor"),
        ("kortrijk/volcanoes/V1", "unknown-dataset"),
        ("kortrijk", "unknown-dataset"),
        ("kortrijk/parking", "unknown-dataset"),
        ("kortrijk/parking/market-counter/", "unknown-dataset"),
        ("kortrijk//market-counter", "unknown-dataset"),
        ("kortrijk/parking/%2B", "unknown-dataset"),
        ("kortrijk/senml/%23", "unknown-dataset"),
        ("kortrijk/senml/%FF", "unknown-dataset"),
        ("kortrijk/senml/a%00", "unknown-dataset"),
        ("kortrijk/senml/" + "x" * 200, "unknown-dataset"),
    ],
)
def test_where_nothing_is_awaited(stage: Stage, path: str, code: str) -> None:
    stage.refused(404, code, path)


def test_a_city_that_is_gone(stage: Stage) -> None:
    stage.key = KeyFile(stage.settings.keys_path).make("atlantis", [Scope.INGEST])
    stage.refused(404, "unknown-city", "atlantis/parking/x")


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_messages_are_posted(stage: Stage, method: str) -> None:
    assert stage.refused(405, "method-not-allowed", method=method).headers["allow"] == "POST"


@pytest.mark.parametrize("length", [65537, 1_000_000])
def test_a_large_body_is_refused(stage: Stage, length: int) -> None:
    stage.refused(413, "too-large", content=b"x" * length)


def test_the_largest_body_is_taken(stage: Stage) -> None:
    assert stage.ask(content=b"x" * 65536).status_code == 202


def test_a_body_without_end_is_given_up(stage: Stage) -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"x" * 1000

    stage.refused(413, "too-large", content=endless())


def test_a_body_that_does_not_come_is_given_up(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    async def slow() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.sleep(60)

    monkeypatch.setattr(app_module, "BODY_SECONDS", 0.1)

    assert "did not come" in stage.refused(400, "bad-request", content=slow()).json()["detail"]


@pytest.mark.parametrize(
    ("path", "content_type", "status"),
    [
        (TOPIC, "application/json; charset=utf-8", 202),
        (TOPIC, "APPLICATION/JSON", 202),
        (TOPIC, "application/octet-stream", 202),
        (TOPIC, "application/x-www-form-urlencoded", 415),
        (TOPIC, "text/xml", 415),
        ("kortrijk/senml/station", "application/senml+json", 202),
        ("kortrijk/senml/station", "application/senml+cbor", 415),
        ("kortrijk/senml-cbor/station-1", "application/senml+cbor", 202),
        ("kortrijk/homie/5/bay-2/sensor/contact", "text/plain", 202),
        ("kortrijk/own/market-counter", "anything/at-all", 202),
    ],
)
def test_a_body_has_a_form_that_is_read_there(stage: Stage, path: str, content_type: str, status: int) -> None:
    if status == 202:
        assert stage.ask(path, content_type=content_type).status_code == 202
    else:
        answer = stage.refused(415, "unsupported-media-type", path, content_type=content_type)
        assert "application/" in answer.json()["detail"]


def test_a_packed_body_is_refused(stage: Stage) -> None:
    stage.refused(415, "unsupported-media-type", content_encoding="gzip")


def test_a_key_that_sends_too_often_is_told_when_to_go_on(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(_self: RateLimit, key: str) -> None:
        raise TooManyRequests(f"the key {key}", 1.2)

    monkeypatch.setattr(RateLimit, "take", never)
    assert stage.refused(429, "too-many-requests").headers["retry-after"] == "2"


def test_what_cannot_be_made_safe_is_not_accepted(stage: Stage) -> None:
    stage.taken.refusal = Unavailable("not safe in 10 s")
    assert stage.refused(503, "unavailable").headers["retry-after"] == "5"


def test_a_broken_file_of_keys_lets_nobody_in(stage: Stage) -> None:
    stage.settings.keys_path.write_text("{")
    stage.refused(503, "unavailable")


def test_an_unforeseen_error_tells_nothing(stage: Stage) -> None:
    stage.taken.refusal = ZeroDivisionError("the secret inside")
    answer = stage.refused(500, "internal-error")
    assert "inside" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert "server" not in answer.headers


def test_it_says_that_it_lives(stage: Stage) -> None:
    assert stage.ask("health/live", method="GET").text == "alive\n"


def test_a_bucket_fills_at_its_rate() -> None:
    now = 0.0
    limit = RateLimit(2, lambda: now)

    def taken(most: int = 100) -> int:
        for count in range(most):
            try:
                limit.take("a")
            except TooManyRequests:
                return count
        return most

    assert taken() == 4
    now += 1.0
    assert taken() == 2
    with pytest.raises(TooManyRequests) as caught:
        limit.take("a")
    assert caught.value.retry_after == pytest.approx(0.5)
    now += 100
    assert taken() == 4
    limit.take("b")
