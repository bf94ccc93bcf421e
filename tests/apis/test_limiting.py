"""What questions cost an address; time stands still."""

import asyncio

import httpx
import pytest

from apis.visitors import BURST_SECONDS, Visitors
from stadspuls.errors import TooManyRequests
from stadspuls.limits import RateLimit
from stadspuls.metrics import HTTP_REFUSED
from stadspuls.settings import load_settings
from tests.apis.conftest import BASE, Api

CITIZEN, NEIGHBOUR = "192.0.2.7", "192.0.2.8"
LATEST = "/gent/parking/latest"
HISTORY = "/gent/parking/history"
NEVER_CHANGES = "/docs/contexts/v1.jsonld"


@pytest.fixture
def poor(filled: Api) -> Api:
    """Twenty points an address, and none comes back."""
    limit = RateLimit(1, lambda: 0.0, "{name} has spent its points", seconds=20)
    filled.app.state.visitors._limit = limit
    return filled


def left(answer: httpx.Response) -> int:
    name, points, _ = answer.headers["ratelimit"].split(";")
    assert name == '"points"'
    return int(points.removeprefix("r="))


def ask(api: Api, *paths: str, host: str = CITIZEN, **headers: str) -> list[httpx.Response]:
    async def answers() -> list[httpx.Response]:
        transport = httpx.ASGITransport(api.app, client=(host, 4711))
        async with httpx.AsyncClient(transport=transport, base_url=BASE, headers=headers) as client:
            return [await client.get(path) for path in paths]

    return asyncio.run(answers())


def test_dear_questions_cost_more(poor: Api) -> None:
    paths = [LATEST, f"{HISTORY}?limit=1000", f"{HISTORY}?limit=3001", f"{HISTORY}?every=1h"]
    answers = ask(poor, *paths)
    assert [answer.status_code for answer in answers] == [200] * 4
    assert [left(answer) for answer in answers] == [19, 18, 14, 3]


def test_who_has_spent_everything_is_told_until_when(poor: Api) -> None:
    refused = HTTP_REFUSED.labels("rate")._value.get()
    answers = ask(poor, *[LATEST] * 22)
    assert [answer.status_code for answer in answers] == [200] * 20 + [429] * 2
    last = answers[-1]
    assert last.json()["code"] == "too-many-requests"
    assert CITIZEN in last.json()["detail"]
    assert last.headers["retry-after"] == "1"
    assert last.headers["ratelimit"] == '"points";r=0;t=20'
    assert last.headers["ratelimit-policy"].startswith('"points";q=20;w=')
    assert last.headers["cache-control"] == "no-store"
    assert last.headers["access-control-allow-origin"] == "*"
    assert "RateLimit" in last.headers["access-control-expose-headers"]
    assert HTTP_REFUSED.labels("rate")._value.get() == refused + 2
    assert left(ask(poor, LATEST, host=NEIGHBOUR)[0]) == 19


def test_what_a_client_has_already_costs_an_eighth(poor: Api) -> None:
    tag = ask(poor, LATEST)[0].headers["etag"]
    answers = ask(poor, *[LATEST] * 24, **{"if-none-match": tag})
    assert {answer.status_code for answer in answers} == {304}
    assert left(answers[-1]) == 16


def test_files_health_and_operators_are_not_counted(poor: Api) -> None:
    paths = ["/static/portal.css", "/docs/static/stadspuls.css", "/health/live", "/metrics", "/admin/rejected"]
    for answer in ask(poor, *paths):
        assert "ratelimit" not in answer.headers
    assert left(ask(poor, LATEST)[0]) == 19


def test_a_network_is_one_client_and_this_machine_none(poor: Api) -> None:
    assert left(ask(poor, LATEST, host="2001:db8::1")[0]) == 19
    assert left(ask(poor, LATEST, host="2001:db8::2")[0]) == 18
    assert {answer.status_code for answer in ask(poor, *[LATEST] * 50, host="127.0.0.1")} == {200}


def test_without_a_rate_nothing_is_counted() -> None:
    purse = Visitors(load_settings(None, http_rate=0)).purse({"client": (CITIZEN, 1)})
    for _ in range(10_000):
        purse.spend(100)
    assert purse.headers() == []


def test_live_streams_have_a_limit_of_their_own() -> None:
    visitors = Visitors(load_settings(None, http_connections=2))
    scope, neighbour = {"client": (CITIZEN, 1)}, {"client": (NEIGHBOUR, 1)}
    with visitors.streaming(scope), visitors.streaming(scope), visitors.streaming(neighbour):
        with pytest.raises(TooManyRequests, match="2 live streams"), visitors.streaming(scope):
            pass
        with visitors.streaming(neighbour):
            pass
    with visitors.streaming(scope):
        pass
    assert not visitors._streams


def test_the_many_of_one_office_are_not_locked_out() -> None:
    """A hundred developers behind one address, each of whom asks every two seconds, for an hour."""
    now = 0.0
    settings = load_settings(None)
    limit = RateLimit(settings.http_rate, lambda: now, seconds=BURST_SECONDS)
    for _ in range(3600):
        for _ in range(50):
            limit.take(CITIZEN)
        now += 1.0
    assert limit.left(CITIZEN) == limit.most


def test_what_never_changes_costs_an_eighth_and_from_memory_nothing(poor: Api) -> None:
    for answer in ask(poor, *[NEVER_CHANGES] * 30):
        assert "immutable" in answer.headers["cache-control"]
        # It is kept and given to others, whom it does not concern what is left.
        assert "ratelimit" not in answer.headers
    assert left(ask(poor, LATEST, LATEST)[1]) == 17
    for number in range(8):
        ask(poor, NEVER_CHANGES, **{"if-none-match": str(number)})
    assert left(ask(poor, LATEST)[0]) == 15
