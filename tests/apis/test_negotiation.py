"""Formats and languages."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apis.negotiation import Format, best_language, best_media_type, choose_format
from stadspuls.errors import NotAcceptable
from tests.apis.conftest import Api

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, Format.JSON),
        ("", Format.JSON),
        ("*/*", Format.JSON),
        (BROWSER, Format.JSON),
        ("text/csv", Format.CSV),
        ("TEXT/CSV; header=present", Format.CSV),
        ("text/*", Format.CSV),
        ("application/*", Format.JSON),
        ("application/geo+json", Format.GEOJSON),
        ("application/json;q=0.5, text/csv;q=0.9", Format.CSV),
        ("application/json;q=0.5, text/csv; q = 0.4", Format.JSON),
        ("*/*, application/json;q=0", Format.GEOJSON),
        ("application/json;q=0, */*;q=0.1", Format.GEOJSON),
        ("application/json;q=nonsense, text/csv;q=0.1", Format.CSV),
        ("text/csv;q=0.1, */*;q=0.9", Format.JSON),
    ],
)
def test_accept_with_weights(accept: str | None, expected: Format) -> None:
    assert choose_format(None, accept) is expected


@pytest.mark.parametrize("accept", ["text/html", "application/json;q=0", "image/*", "json"])
def test_nothing_that_is_offered(accept: str) -> None:
    with pytest.raises(NotAcceptable, match="application/json, application/geo\\+json, text/csv"):
        choose_format(None, accept)


def test_format_goes_before_accept() -> None:
    assert choose_format("CSV", "application/json") is Format.CSV
    with pytest.raises(NotAcceptable, match="json, geojson, csv"):
        choose_format("xml", "application/json")


@settings(deadline=None)
@given(st.text(max_size=60))
def test_any_header_has_an_answer(header: str) -> None:
    assert best_media_type(header, ["application/json"]) in ("application/json", None)
    assert best_language(header, ["nl", "en"]) in ("nl", "en")


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, "nl"),
        ("en-GB,en;q=0.9", "en"),
        ("fr", "nl"),
        ("fr,en;q=0.1", "en"),
        ("*", "nl"),
        ("nl;q=0.2,*;q=0.5", "en"),
    ],
)
def test_languages(header: str | None, expected: str) -> None:
    assert best_language(header, ["nl", "en"]) == expected


def test_406_names_what_is_offered(filled: Api) -> None:
    for answer in (
        filled.get("/gent/parking/latest", accept="text/turtle"),
        filled.get("/gent/parking/sites?format=xml"),
        filled.get("/", accept="image/png"),
    ):
        assert answer.status_code == 406
        assert answer.json()["code"] == "not-acceptable"
        assert "json" in answer.json()["detail"]


def test_caches_are_told_what_the_answer_depends_on(filled: Api) -> None:
    for path in ("/gent/parking/latest", "/gent/parking/history", "/gent/parking/sites", "/"):
        for encoding in ("identity", "gzip"):
            vary = filled.get(path, accept_encoding=encoding).headers["vary"].lower().split(", ")
            assert vary.count("accept") == vary.count("accept-encoding") == 1, path
