"""Problem documents, and the layers around every answer."""

from typing import Any

import msgspec
import pytest

from apis.schema import errors_by_code
from stadspuls.problems import STATUS, Problem
from tests.apis.conftest import BASE, Api


def test_every_code_has_a_status_and_no_status_is_without_code() -> None:
    assert set(STATUS) == set(errors_by_code())


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/nothing", 404, "unknown-city"),
        ("/nothing.txt", 404, "unknown-path"),
        ("/gent/parking/latest/", 404, "unknown-path"),
        ("/gent/parking/nothing", 404, "unknown-path"),
        ("/docs/static/../app.py", 404, "unknown-path"),
        ("/docs/static/nothing.js", 404, "unknown-path"),
        ("/gent/parking/latest?x=1", 400, "invalid-parameter"),
        ("/%00/parking/latest", 404, "unknown-city"),
    ],
)
def test_errors_are_problem_documents(filled: Api, path: str, status: int, code: str) -> None:
    answer = filled.get(path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    problem = msgspec.json.decode(answer.content, type=Problem)
    assert (problem.status, problem.code, problem.type) == (status, code, f"{BASE}/docs/errors#{code}")
    assert problem.request_id == answer.headers["x-request-id"]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
@pytest.mark.parametrize("path", ["/gent/parking/latest", "/", "/docs", "/docs/static/stadspuls.css"])
def test_other_methods_are_refused_by_name(filled: Api, method: str, path: str) -> None:
    answer = filled.ask(method, path)
    assert answer.status_code == 405
    assert answer.json()["code"] == "method-not-allowed"
    assert answer.headers["allow"] == "GET, HEAD, OPTIONS"


def test_an_unforeseen_error_tells_nothing_of_the_inside(
    filled: Api, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object) -> Any:
        raise ZeroDivisionError("the secret inside")

    monkeypatch.setattr("apis.data.sites._json", broken)
    answer = filled.get("/gent/parking/sites")
    assert answer.status_code == 500
    assert answer.json()["code"] == "internal-error"
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text
    logged = capsys.readouterr()
    assert answer.headers["x-request-id"] in logged.out + logged.err


@pytest.mark.parametrize(
    "path", ["/gent/parking/latest", "/gent/parking/sites?format=csv", "/", "/nothing", "/metrics"]
)
def test_head_is_get_without_its_body(filled: Api, path: str) -> None:
    get, head = filled.get(path), filled.ask("HEAD", path)
    assert head.status_code == get.status_code
    assert head.content == b""
    assert head.headers["content-type"] == get.headers["content-type"]
    if path != "/metrics":
        assert head.headers["content-length"] == get.headers["content-length"]


@pytest.mark.parametrize("path", ["/gent/parking/latest", "/nothing", "/", "/docs/static/stadspuls.css"])
def test_any_site_may_ask_and_nothing_is_sniffed(filled: Api, path: str) -> None:
    for answer in (filled.get(path), filled.get(path, origin="https://elsewhere.example")):
        assert answer.headers["access-control-allow-origin"] == "*"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_a_preflight_is_answered_for_every_path(filled: Api) -> None:
    answer = filled.ask("OPTIONS", "/gent/parking/latest", access_control_request_method="GET")
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-methods"] == "GET, HEAD, OPTIONS"
    assert answer.headers["access-control-allow-origin"] == "*"


def test_each_answer_has_its_own_request_id(filled: Api) -> None:
    assert filled.get("/").headers["x-request-id"] != filled.get("/").headers["x-request-id"]


def test_long_answers_are_compressed_when_asked(filled: Api) -> None:
    assert filled.get("/gent/parking/latest", accept_encoding="gzip").headers["content-encoding"] == "gzip"
    assert "content-encoding" not in filled.get("/gent/parking/latest", accept_encoding="identity").headers
