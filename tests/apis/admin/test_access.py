"""Who is let in below `/admin`, and what everybody else is told."""

import asyncio
from typing import Any

import httpx
import pytest
from fastapi.routing import APIRoute

from apis.admin import access
from apis.admin.access import FAILED_RATE, Gate
from stadspuls.errors import Unauthorized
from stadspuls.keys import EVERY_CITY, KeyFile, Scope
from stadspuls.limits import BURST_SECONDS, RateLimit
from tests.apis.conftest import Api

LIST, ONE, REPLAY = "/admin/rejected", "/admin/rejected/1-2-future-no2", "/admin/rejected/replay"


def key(api: Api, city: str, *scopes: Scope, expires: int | None = None) -> str:
    return f"Bearer {KeyFile(api.settings.keys_path).make(city, scopes, expires)}"


def routes_below(routes: list[Any]) -> list[tuple[str, str]]:
    """Method and address of every route below /admin, those of included routers too."""
    found: list[tuple[str, str]] = []
    for route in routes:
        if isinstance(route, APIRoute) and route.path.startswith("/admin"):
            found += [(method, route.path_format.format(key="a-key")) for method in route.methods or ()]
    return found


def test_without_a_key_every_route_below_admin_says_401(api: Api) -> None:
    paths: dict[str, dict[str, object]] = api.app.state.openapi_document["paths"]
    asked = [(m.upper(), p.format(key="a-key")) for p, ms in paths.items() if p.startswith("/admin") for m in ms]
    assert sorted(asked) == [("GET", LIST), ("GET", "/admin/rejected/a-key"), ("POST", REPLAY)]
    assert set(routes_below(list(api.app.routes))) <= set(asked)
    for method, path in asked:
        for query in ("", "?limit=0&nonsense=1"):
            answer = api.ask(method, path + query)
            assert answer.status_code == 401
            assert answer.headers["www-authenticate"] == "Bearer"
            assert answer.headers["cache-control"] == "no-store"
            assert answer.json()["code"] == "unauthorized"


def test_routes_of_admin_say_in_openapi_that_they_want_a_key(api: Api) -> None:
    document = api.app.state.openapi_document
    for path, operations in document["paths"].items():
        for operation in operations.values():
            assert ("security" in operation) == path.startswith("/admin"), path
            named = {name for scheme in operation.get("security", []) for name in scheme}
            assert named <= document["components"]["securitySchemes"].keys()


@pytest.mark.parametrize("authorization", ["", "Basic abc", "Bearer", "Bearer stadspuls_1_2", "x" * 9000])
def test_what_is_no_key_opens_nothing_even_where_keys_cannot_be_read(api: Api, authorization: str) -> None:
    assert api.get(LIST, authorization=authorization).status_code == 401
    if not authorization:
        api.settings.keys_path.write_text("{")
        assert api.get(LIST).status_code == 401


def test_keys_that_cannot_be_read_are_our_fault(api: Api) -> None:
    good = key(api, "gent", Scope.REJECTED)
    api.settings.keys_path.write_text("{")
    assert api.get(LIST, authorization=good).status_code == 503


def test_a_key_opens_what_its_scopes_say(api: Api) -> None:
    see, replay, ingest = (key(api, "gent", scope) for scope in (Scope.REJECTED, Scope.REPLAY, Scope.INGEST))
    assert api.get(LIST, authorization=see).status_code == 200
    assert api.get(ONE, authorization=see).status_code == 404
    for other in (replay, ingest):
        assert api.get(LIST, authorization=other).status_code == 403
        assert api.get(ONE, authorization=other).status_code == 403
    for other in (see, ingest):
        assert api.ask("POST", REPLAY, authorization=other).status_code == 403
    assert api.ask("POST", REPLAY, authorization=replay).status_code == 400


def test_a_key_that_has_expired_or_is_revoked_opens_nothing(api: Api) -> None:
    assert api.get(LIST, authorization=key(api, "gent", Scope.REJECTED, expires=1)).status_code == 401
    good = key(api, "gent", Scope.REJECTED)
    assert api.get(LIST, authorization=good).status_code == 200
    KeyFile(api.settings.keys_path).revoke(good.split("_")[1])
    assert api.get(LIST, authorization=good).status_code == 401


def test_failed_attempts_are_slowed_down_and_good_keys_are_not(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    good = key(api, EVERY_CITY, Scope.REJECTED)
    # Time stands still, so that nothing depends on how fast this machine is.
    limit = RateLimit(FAILED_RATE, lambda: 0.0, "too many attempts")
    monkeypatch.setattr(api.app.state.gate, "_failed", limit)

    async def attempts() -> list[httpx.Response]:
        async with api.client() as client:
            # A wrong key costs what none does.
            headers: list[dict[str, str]] = [{}, {"authorization": f"{good}x"}]
            return [await client.get(LIST, headers=headers[n % 2]) for n in range(30)]

    answers = asyncio.run(attempts())
    most = round(FAILED_RATE * BURST_SECONDS)
    assert [a.status_code for a in answers] == [401] * most + [429] * (30 - most)
    assert answers[-1].headers["retry-after"] == "1"
    assert answers[-1].json()["code"] == "too-many-requests"
    assert api.get(LIST, authorization=good).status_code == 200


def test_every_attempt_is_compared_in_constant_time(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []

    def compared(given: str, kept: str) -> bool:
        seen.append(given)
        return given == kept

    monkeypatch.setattr("stadspuls.keys.hmac.compare_digest", compared)
    for authorization in ("Bearer stadspuls_unknown_secret", key(api, "gent", Scope.REJECTED), "nothing"):
        api.get(LIST, authorization=authorization)
    assert len(seen) == 3


def test_no_script_of_another_site_reads_it_and_nobody_keeps_it(api: Api) -> None:
    good = key(api, "gent", Scope.REJECTED)
    for path in (LIST, ONE, REPLAY, "/admin/nothing", "/admin"):
        for method in ("GET", "HEAD", "OPTIONS", "POST", "DELETE"):
            for authorization in ("", good):
                answer = api.ask(method, path, authorization=authorization, origin="https://elsewhere.example")
                assert answer.status_code < 500
                assert not [name for name in answer.headers if name.startswith("access-control")], (method, path)
                assert answer.headers["cross-origin-resource-policy"] == "same-origin"
                assert answer.headers["cache-control"] == "no-store"
    # Open data stays open, also where a word begins the same.
    assert api.get("/administration").headers["access-control-allow-origin"] == "*"


def test_a_gate_without_a_file_of_keys_lets_nobody_in(api: Api) -> None:
    gate = Gate(api.settings)
    with pytest.raises(Unauthorized):
        gate.admit("Bearer stadspuls_a_b", Scope.REJECTED)
    assert access.SECURITY.keys() == access.SECURITY_SCHEMES.keys()
