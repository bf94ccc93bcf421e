"""`/admin/rejected`: what was kept back, by city, and its replay."""

import asyncio
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from msgspec.structs import replace

from apis.app import create_app
from apis.live import LiveState
from apis.readers import Readers
from stadspuls.clock import now_us, rfc3339
from stadspuls.keys import EVERY_CITY, KeyFile, Scope
from stadspuls.model import Reason, Rejection
from store.backends import open_reader, open_writer
from tests.apis.conftest import BASE, Api, until
from tests.stadspuls.replaying.pipeline import Pipeline
from tests.store.kafka_log import Broker
from tests.streams.small_city import message, small_registry

AT = 1_767_600_000_000_000
GENT = [
    Rejection(
        Reason.FUTURE, "too early", "gent/parking/P1", b'{"a": 1}', AT, AT + 1, 0, 7, 0, "gent/parking", "P1", "x/y"
    ),
    Rejection(Reason.UNREGISTERED, "no sensor", "gent/parking/P9", b"\xff", AT, AT + 2, 0, 8, 0, "gent/parking"),
    Rejection(Reason.UNREGISTERED, "no dataset", "gent/nowhere", b"7", AT, AT + 3, 0, 9, 0),
]
AALST = Rejection(Reason.UNREGISTERED, "no sensor", "aalst/parking/P9", b"8", AT, AT + 4, 0, 7, 0, "aalst/parking")
NOBODY = Rejection(Reason.UNREGISTERED, "no city", "atlantis/x", b"9", AT, AT + 5, 0, 7, 0)
EVERYTHING = [NOBODY, AALST, *GENT[::-1]]
PATH = "/admin/rejected"


def keep(api: Api, *rejections: Rejection) -> None:
    writer = open_writer(api.settings)
    writer.write_rejected(rejections)
    writer.close()


def key(api: Api, city: str) -> str:
    return f"Bearer {KeyFile(api.settings.keys_path).make(city, [Scope.REJECTED, Scope.REPLAY])}"


@pytest.fixture
def kept(api: Api) -> Api:
    keep(api, *EVERYTHING[::-1])
    return api


def listed(api: Api, query: str, authorization: str) -> list[str]:
    answer = api.get(f"{PATH}{query}", authorization=authorization)
    assert answer.status_code == 200, answer.text
    return [entry["key"] for entry in answer.json()["rejected"]]


def post(app: FastAPI, authorization: str, body: object) -> httpx.Response:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()

    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=BASE) as client:
            return await client.post(f"{PATH}/replay", content=content, headers={"Authorization": authorization})

    return asyncio.run(ask())


def test_a_city_sees_what_was_kept_back_of_its_own(kept: Api) -> None:
    gent = key(kept, "gent")
    assert listed(kept, "", gent) == listed(kept, "?city=gent", gent) == [r.key for r in GENT[::-1]]
    for query in ("?city=aalst", "?dataset=aalst/parking", "?city=gent&dataset=aalst/parking", "?city=*"):
        answer = kept.get(f"{PATH}{query}", authorization=gent)
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert listed(kept, f"?key={AALST.key}", gent) == []
    for other in (AALST, NOBODY):
        answer = kept.get(f"{PATH}/{other.key}", authorization=gent)
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown-rejection")


def test_who_runs_the_platform_sees_everything_also_of_no_city(kept: Api) -> None:
    everybody = key(kept, EVERY_CITY)
    assert listed(kept, "", everybody) == [r.key for r in EVERYTHING]
    assert listed(kept, "?city=atlantis", everybody) == [NOBODY.key]
    assert kept.get(f"{PATH}/{NOBODY.key}", authorization=everybody).status_code == 200


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?reason=future", GENT[:1]),
        ("?dataset=gent/parking", [GENT[1], GENT[0]]),
        (f"?since={rfc3339(AT + 4)}", [NOBODY, AALST]),
        (f"?until={rfc3339(AT + 2)}", GENT[:1]),
        ("?since=2026-01-06", []),
        (f"?key={GENT[0].key}", GENT[:1]),
        ("?reason=unregistered&city=gent", [GENT[2], GENT[1]]),
    ],
)
def test_a_list_is_narrowed(kept: Api, query: str, found: list[Rejection]) -> None:
    assert listed(kept, query, key(kept, EVERY_CITY)) == [r.key for r in found]


@pytest.mark.parametrize(
    "query",
    ["?reason=ugly", "?since=soon", "?limit=0", "?limit=1001", "?after=x", "?x=1", "?city=gent&city=gent"],
)
def test_what_cannot_be_asked_is_refused(kept: Api, query: str) -> None:
    answer = kept.get(f"{PATH}{query}", authorization=key(kept, EVERY_CITY))
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid-parameter")


def test_pages_follow_each_other_by_their_addresses(kept: Api) -> None:
    everybody = key(kept, EVERY_CITY)
    address, found = f"{BASE}{PATH}?limit=2", list[str]()
    while address:
        document = kept.get(address, authorization=everybody).json()
        found += [entry["key"] for entry in document["rejected"]]
        address = document.get("next", "")
        keep(kept, replace(NOBODY, received_at=AT + len(found), rejected_at=AT + 100))
    assert found == [r.key for r in EVERYTHING]


def test_one_has_its_payload_and_what_to_do(kept: Api) -> None:
    gent = key(kept, "gent")
    text, binary = (kept.get(f"{PATH}/{r.key}", authorization=gent).json() for r in GENT[:2])
    assert (text["payload"], text["property"], text["reason"]) == ('{"a": 1}', "x/y", "future")
    assert (binary["payload"], binary["payloadBase64"]) == (None, "/w==")
    assert "city file" in binary["advice"]
    assert text["rejectedAt"] == rfc3339(AT + 1)


def test_a_list_has_no_payloads(kept: Api) -> None:
    [*entries] = kept.get(PATH, authorization=key(kept, EVERY_CITY)).json()["rejected"]
    assert not [entry for entry in entries if "payload" in entry or "payloadBase64" in entry]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"again": True},
        {"keys": []},
        {"keys": ["a"], "city": "gent"},
        {"keys": "a"},
        {"keys": ["a"] * 1001},
        {"reason": "ugly"},
        {"city": "gent", "nonsense": 1},
        {"since": "soon"},
        [],
        b"",
        b"{",
        b"\xff",
        b"[" * 100_000,
    ],
)
def test_a_replay_that_asks_for_nothing_or_nonsense_is_refused(kept: Api, body: object) -> None:
    answer = post(kept.app, key(kept, EVERY_CITY), body)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid-parameter")


def test_a_body_that_is_too_large_is_refused(kept: Api) -> None:
    assert post(kept.app, key(kept, EVERY_CITY), b" " * 300_000).status_code == 413


def test_a_city_replays_its_own(kept: Api) -> None:
    gent = key(kept, "gent")
    counted = post(kept.app, gent, {"reason": "unregistered", "dryRun": True})
    assert (counted.status_code, counted.json()) == (200, {"messages": 2, "rejections": 2, "skipped": {}})
    assert post(kept.app, gent, {"city": "aalst", "dryRun": True}).status_code == 403
    for keys in ([AALST.key], [GENT[0].key, AALST.key], ["nothing"]):
        assert post(kept.app, gent, {"keys": keys, "dryRun": True}).status_code == 404
    assert post(kept.app, gent, {"keys": [GENT[0].key], "dryRun": True}).json()["messages"] == 1


def test_without_kafka_a_replay_does_not_begin(kept: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    nowhere = kept.settings.model_copy(update={"kafka_bootstrap": "127.0.0.1:1"})
    monkeypatch.setattr(kept.app.state.replays, "_settings", nowhere)
    answer = post(kept.app, key(kept, "gent"), {"reason": "unregistered"})
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")


@pytest.fixture
def pipeline(tmp_path: Path) -> Iterator[Pipeline]:
    broker = Broker()
    with Pipeline(broker, tmp_path / "data", small_registry()) as running:
        yield running
    # It lives as long as somebody knows it.
    del broker


@pytest.fixture
def build(pipeline: Pipeline) -> Iterator[Callable[[], Api]]:
    """The API over the pipeline's Kafka and store."""
    readers = Readers(lambda: open_reader(pipeline.settings))

    def make() -> Api:
        live = LiveState(pipeline.settings, pipeline.registry, readers)
        app = create_app(pipeline.settings, pipeline.registry, readers, live)
        return Api(app, pipeline.settings, pipeline.registry, live, readers, None)  # type: ignore[arg-type]

    yield make
    readers.close()


def test_what_is_replayed_is_published_once_and_says_so(pipeline: Pipeline, build: Callable[[], Api]) -> None:
    api, now = build(), now_us()
    good = message("gent/parking/P1", f'{{"time": "{rfc3339(now)}", "vacantSpaces": 81}}', now)
    keep(api, Rejection(Reason.UNREGISTERED, "no sensor", good.topic, good.payload, now, now, 0, 0, 0, "gent/parking"))
    gent = key(api, "gent")

    async def replayed_three_times() -> list[Any]:
        transport = httpx.ASGITransport(api.app)
        async with httpx.AsyncClient(transport=transport, base_url=BASE, headers={"Authorization": gent}) as client:
            answers: list[Any] = []
            for asked in (
                {"reason": "unregistered"},
                {"reason": "unregistered"},
                {"reason": "unregistered", "again": True},
            ):
                while (answer := await client.post(f"{PATH}/replay", json=asked)).status_code == 429:
                    assert answer.headers["retry-after"] == "5"
                    await asyncio.sleep(0.05)
                answers.append((answer.status_code, answer.json()))
                for _ in range(1200):
                    document = (await client.get(PATH)).json()
                    if document["rejected"][0]["replayedAt"]:
                        break
                    await asyncio.sleep(0.05)
            async with api.app.state.replays.running():
                pass
            return answers

    one = {"messages": 1, "rejections": 1, "skipped": {}}
    assert asyncio.run(replayed_three_times()) == [
        (202, one),
        (200, {"messages": 0, "rejections": 0, "skipped": {"replayed": 1}}),
        (202, one),
    ]
    assert [(o.value, o.observed_at) for o in pipeline.observations("gent/parking")] == [(81.0, now)]


def test_one_replay_goes_on_at_a_time_and_ends_with_the_process(pipeline: Pipeline, build: Callable[[], Api]) -> None:
    api = build()
    keep(api, GENT[2])
    gent = key(api, "gent")
    # Nobody works it through.
    pipeline.pause.set()

    async def two() -> list[int]:
        transport = httpx.ASGITransport(api.app)
        async with (
            api.app.state.replays.running(),
            httpx.AsyncClient(transport=transport, base_url=BASE, headers={"Authorization": gent}) as client,
        ):
            return [(await client.post(f"{PATH}/replay", json={"city": "gent"})).status_code for _ in range(2)]

    assert asyncio.run(two()) == [202, 429]
    assert until(lambda: not [r for r in pipeline.rejections() if r.replayed_at is not None])
