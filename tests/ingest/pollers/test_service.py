"""The pollers as a process: politeness towards a host, and what arrives at the MQTT broker."""

import asyncio
import contextlib
import json
import random
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from jmespath import compile as compile_expression

from ingest.pollers import service
from ingest.pollers.fetching import open_session
from ingest.pollers.service import Backlog, ask_host, run_pollers
from ingest.pollers.source import PolledSource
from stadspuls.registry import Poll, Registry
from stadspuls.settings import load_settings
from tests.deploy.brokers import DEADLINE, running, until
from tests.ingest.pollers.api import Answer, ForeignApi, foreign_api
from tests.ingest.pollers.recorded import CAR_PARKS
from tests.ingest.pollers.sources import registry_of
from tests.simulators.listener import Listener

BODY = json.dumps(CAR_PARKS).encode()


@pytest.fixture
def api() -> Iterator[ForeignApi]:
    with foreign_api() as found:
        yield found


def quick(registry: Registry, url: str) -> PolledSource:
    """The car parks' source, asked as often as can be."""
    city = registry.cities["gent"]
    each, device, time_ = map(compile_expression, ("results", "name", "lastupdate"))
    poll = Poll(url=url, every=0.01, each=each, device=device, time=time_)
    return PolledSource(city, city.sources[0], poll, random.Random(1))  # noqa: S311 - the same pauses in every run


async def ask_until(sources: list[PolledSource], enough: Callable[[], object]) -> Backlog:
    backlog: Backlog = deque()
    async with open_session("http://127.0.0.1") as session:
        asking = asyncio.create_task(ask_host(sources, session, backlog))
        await asyncio.to_thread(until, enough, "enough questions")
        asking.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asking
    return backlog


def test_a_host_is_asked_one_question_at_a_time(api: ForeignApi, tmp_path: Path) -> None:
    registry = registry_of(tmp_path, "car-parks", url=api.url)
    sources = [quick(registry, f"{api.url}/{number}") for number in range(4)]
    for number in range(4):
        api.answers(f"/{number}", Answer(BODY))
    backlog = asyncio.run(ask_until(sources, lambda: len(api.asked) > 40))
    assert api.at_once == 1
    assert {path for path, _, _ in api.asked} == {"/0", "/1", "/2", "/3"}
    assert len(backlog) == 8


def test_a_host_that_asks_for_peace_gets_it_from_every_source(api: ForeignApi, tmp_path: Path) -> None:
    registry = registry_of(tmp_path, "car-parks", url=api.url)
    sources = [quick(registry, f"{api.url}/{number}") for number in range(2)]
    sources[0].due, sources[1].due = 0.0, time.monotonic() + 0.001
    api.answers("/0", Answer(status=429, headers={"Retry-After": "300"}))
    soon = time.monotonic() + 200
    asyncio.run(ask_until(sources, lambda: min(source.due for source in sources) > soon))
    assert len(api.asked) == 1


def test_nothing_is_asked_while_the_broker_takes_nothing(
    api: ForeignApi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "BACKLOG", 0)
    monkeypatch.setattr(service, "_LOOK_SECONDS", 0.01)
    source = quick(registry_of(tmp_path, "car-parks", url=api.url), f"{api.url}/0")
    source.due = first = 0.0
    asyncio.run(ask_until([source], lambda: source.due > first))
    assert api.asked == []


@pytest.mark.parametrize("kind", ["mosquitto", "amqtt"])
def test_records_arrive_at_the_broker_and_a_stop_ends_it(kind: str, api: ForeignApi, tmp_path: Path) -> None:
    registry = registry_of(tmp_path, "car-parks", url=api.url)
    path = "/api/explore/v2.1/catalog/datasets/bezetting-parkeergarages-real-time/records?limit=100"
    api.answers(path, Answer(BODY))
    with running(kind, tmp_path) as broker, Listener(broker.settings) as listener:
        stop = threading.Event()
        thread = threading.Thread(target=run_pollers, args=(broker.settings, registry, stop))
        thread.start()
        try:
            until(lambda: len(listener.heard) >= 2, "two messages", 60)
        finally:
            stop.set()
            thread.join(DEADLINE)
    assert not thread.is_alive()
    assert [(heard.topic, heard.payload["availablecapacity"]) for heard in listener.heard] == [
        ("gent/poll/car-parks/Vrijdagmarkt", 112),
        ("gent/poll/car-parks/Reep", 0),
    ]


def test_without_an_api_to_poll_it_ends_at_once(tmp_path: Path) -> None:
    run_pollers(load_settings(None), registry_of(tmp_path), threading.Event())
