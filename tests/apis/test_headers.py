"""Headers of every kind of answer of every route, as the application's own table has them."""

import asyncio
from collections.abc import Callable, Iterable, Iterator

import httpx
import pytest
from fastapi.routing import APIRoute, APIWebSocketRoute
from starlette.routing import BaseRoute, Mount

from apis.security import DATA_POLICY
from stadspuls.settings import load_settings
from tests.apis.conftest import BASE, Api

NAMES = {
    "city": "gent",
    "theme": "parking",
    "kind": "site",
    "reference": "parking/P1",
    "site": "P1",
    "node": "2026-01-05",
    "file": "2026-01-05.parquet",
    "name": "v1.jsonld",
    "key": "nothing",
}
"""What stands for each parameter of a path; a new one must be named here."""
FILES = {"/static": "portal.css", "/docs/static": "stadspuls.css"}
ELSEWHERE = ("/nothing/at/all", "/gent/volcanoes", "/admin", "/admin/nothing", "/administration", "/robots.txt")
ENDLESS = "events"
STRICT = {
    "default-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'none'",
    "object-src": "'none'",
}


def every_route(routes: Iterable[BaseRoute]) -> Iterator[BaseRoute]:
    for route in routes:
        included = getattr(route, "original_router", None)
        if included is None:
            yield route
        else:
            yield from every_route(included.routes)


def addresses(api: Api) -> list[str]:
    found = list(ELSEWHERE)
    for route in every_route(api.app.routes):
        if isinstance(route, Mount):
            found.append(f"{route.path}/{FILES[route.path]}")
        elif not isinstance(route, APIWebSocketRoute):
            assert isinstance(route, APIRoute), route
            found.append(route.path_format.format(**NAMES))
    assert len(found) > 35
    return found


def check(answer: httpx.Response, secure: bool = True) -> None:
    """Whatever was answered."""
    said = answer.headers
    path = answer.request.url.path
    private = path == "/admin" or path.startswith("/admin/")
    assert said["x-content-type-options"] == "nosniff"
    assert said["referrer-policy"] == "no-referrer"
    assert said["x-request-id"]
    assert not {"server", "x-powered-by", "set-cookie"} & set(said)
    assert "Accept-Encoding" in said["vary"]
    assert ("strict-transport-security" in said) is secure
    assert said.get("access-control-allow-origin") == (None if private else "*")
    assert said["cross-origin-resource-policy"] == ("same-origin" if private else "cross-origin")
    assert "access-control-allow-credentials" not in said
    if answer.status_code >= 400 and "health+json" not in said["content-type"]:
        assert said["content-type"] == "application/problem+json"
        assert said["cache-control"] == "no-store"
    if private:
        assert said["cache-control"] == "no-store"
    elif answer.request.method == "GET":
        assert "cache-control" in said
    check_policy(answer)


def check_policy(answer: httpx.Response) -> None:
    said = answer.headers
    page = said.get("content-type", "").startswith("text/html")
    assert ("cross-origin-opener-policy" in said) is ("permissions-policy" in said) is page
    if answer.status_code == 304:
        assert "content-security-policy" not in said
    elif page:
        parts = dict(part.strip().split(" ", 1) for part in said["content-security-policy"].split(";"))
        assert STRICT.items() <= parts.items()
        assert not any(word in said["content-security-policy"] for word in ("unsafe", "*", "http:"))
        assert "Accept" in said["vary"]
    else:
        assert said["content-security-policy"] == DATA_POLICY


def ask_all(api: Api, questions: Iterable[tuple[str, str, dict[str, str]]]) -> list[httpx.Response]:
    async def answers() -> list[httpx.Response]:
        async with api.client() as client:
            return [await client.request(method, path, headers=headers) for method, path, headers in questions]

    return asyncio.run(answers())


def test_every_route_answers_everything_with_its_headers(filled: Api) -> None:
    kinds: list[tuple[str, str, dict[str, str]]] = [
        ("GET", "", {}),
        ("GET", "", {"accept": "text/html", "accept-encoding": "gzip"}),
        ("GET", "", {"if-none-match": "*"}),
        ("GET", "?format=nonsense", {}),
        ("GET", "?nonsense=1", {"range": "bytes=999999999-"}),
        ("GET", "", {"x-long": "x" * 40_000}),
        ("GET", "?" + "x" * 9_000, {}),
        ("HEAD", "", {}),
        ("OPTIONS", "", {"origin": "https://elsewhere.example"}),
        ("DELETE", "", {}),
        ("TRACE", "", {}),
    ]
    questions = [
        (method, path + more, headers)
        for path in addresses(filled)
        for method, more, headers in kinds
        if method != "GET" or not path.endswith(ENDLESS) or len(more) + len(headers) > 1_000
    ]
    seen = set()
    for answer in ask_all(filled, questions):
        check(answer)
        assert answer.status_code != 500, (answer.request.url, answer.text)
        seen.add(answer.status_code)
    assert seen >= {200, 204, 303, 304, 400, 401, 404, 405, 406, 414, 431}


def test_a_500_says_as_much_as_other_errors(filled: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(filled.live, "of", fail)
    answer = filled.get("/gent/parking/latest")
    assert answer.status_code == 500
    check(answer)


def test_without_https_browsers_are_not_sent_there(build_api: Callable[..., Api], filled: Api) -> None:
    plain = load_settings(None, data_dir=filled.settings.data_dir, public_url=BASE.replace("https", "http"))
    filled.app.middleware_stack = None
    for middleware in filled.app.user_middleware:
        if "base_url" in middleware.kwargs:
            middleware.kwargs["base_url"] = plain.base_url
    check(filled.get("/gent/parking/latest"), secure=False)


def test_allow_names_the_methods_of_the_very_path(api: Api) -> None:
    for path, allowed in (
        ("/gent/parking/latest", "GET, HEAD, OPTIONS"),
        ("/static/portal.css", "GET, HEAD, OPTIONS"),
        ("/admin/rejected", "GET, HEAD, OPTIONS"),
        ("/admin/rejected/replay", "OPTIONS, POST"),
        ("/nothing/at/all", "GET, HEAD, OPTIONS"),
    ):
        assert api.ask("OPTIONS", path).headers["allow"] == allowed
        assert api.ask("DELETE", path).headers.get("allow", allowed) == allowed


def test_only_open_data_is_open_to_scripts_of_other_sites(api: Api) -> None:
    preflight = api.ask("OPTIONS", "/gent/parking/latest").headers
    assert preflight["access-control-allow-methods"] == "GET, HEAD, OPTIONS"
    assert not [name for name in api.ask("OPTIONS", "/admin/rejected").headers if name.startswith("access-control")]


def test_what_caches_keep_differs_by_what_was_accepted(filled: Api) -> None:
    for path in ("/", "/gent", "/gent/parking?page=2026-01-05T06:00:00Z", "/gent/parking/archive/", "/docs/terms"):
        assert "Accept-Language" in filled.get(path, accept="text/html").headers["vary"]
