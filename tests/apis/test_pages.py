"""The start page and the documentation."""

import re
from html.parser import HTMLParser
from typing import Any

import msgspec
import pytest
from fastapi.openapi.models import OpenAPI

from apis.data import examples
from apis.data.models import HistoryDocument, LatestDocument, SiteFeatures
from apis.data.observation_csv import COLUMNS
from apis.data.site_models import DescribedSites, SitesDocument
from apis.data.window_models import AggregatedFeatures, AggregatesDocument
from apis.html import element, link, page
from apis.portal.texts import ORIGINS, TEXTS
from apis.schema import errors_by_code
from stadspuls.clock import now_us
from stadspuls.model import Origin
from tests.apis.conftest import BASE, Api


class Seen(HTMLParser):
    """Tags and links of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value for name, value in attrs if name in ("href", "src") and value]


def test_the_start_page_lists_datasets_with_origin_licence_age_and_addresses(filled: Api) -> None:
    fresh = filled.made.one("gent/parking", "P1", "vacantSpaces", 5.0, now_us() - 180_000_000)
    filled.live.latest.merge([fresh])
    text = filled.get("/", accept="text/html").text
    assert '<html lang="nl">' in text
    assert "opname, opnieuw afgespeeld" in text
    assert "gesimuleerd, geen meting" in text
    assert "https://data.stad.gent/algemene-licentie" in text
    assert "3 min oud" in text
    assert f"curl '{BASE}/gent/parking/latest'" in text
    for form in ("json", "geojson", "csv"):
        for what in ("latest", "history", "sites"):
            assert f"gent/parking/{what}?format={form}" in Seen(text).links
    assert "gent/air-quality/latest" not in text


def test_every_address_of_the_start_page_answers(filled: Api) -> None:
    for address in Seen(filled.get("/").text).links:
        if "://" not in address and not address.startswith("data:"):
            assert filled.get("/" + address).status_code in (200, 503), address


def test_text_of_the_registry_is_escaped_and_no_script_runs(filled: Api) -> None:
    answer = filled.get("/", accept="text/html")
    assert "script" not in Seen(answer.text).tags
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; meer" in answer.text
    assert "script-src" not in answer.headers["content-security-policy"]


def test_links_of_the_registry_lead_to_the_web_only() -> None:
    assert link("x", "javascript:alert(1)").tag == "span"
    assert link("x", "https://stad.gent").tag == "a"
    assert b'title="&quot;&gt;"' in page("t", "nl", "", element("p", "a", element("b", "c"), "d", title='">'))
    assert b"<p>a<b>c</b>d</p>" in page("t", "nl", "", element("p", "a", element("b", "c"), "d"))


def test_the_start_page_speaks_the_readers_language(filled: Api) -> None:
    for answer in (filled.get("/", accept_language="en-GB"), filled.get("/?lang=en")):
        assert "No key needed" in answer.text
        assert answer.headers["content-language"] == "en"
    assert "Geen sleutel" in filled.get("/?lang=nl", accept_language="en").text


def test_every_language_has_every_word() -> None:
    assert {frozenset(words) for words in TEXTS.values()} == {frozenset(TEXTS["nl"])}
    assert all(set(names) == set(Origin) for names in ORIGINS.values())


def test_programs_get_the_same_list_as_json(filled: Api) -> None:
    document = filled.get("/", accept="application/json").json()
    air, parking = document["datasets"]
    assert (air["dataset"], air["visibility"], "latest" in air) == ("gent/air-quality", "aggregates", False)
    assert parking["latest"] == f"{BASE}/gent/parking/latest"
    assert parking["newestObservedAt"] == "2026-01-05T08:04:00Z"


def test_an_empty_platform_has_a_start_page(api: Api) -> None:
    assert "nog geen" in api.get("/").text


def test_docs_work_without_internet(api: Api) -> None:
    answer = api.get("/docs")
    assert answer.status_code == 200
    addresses = Seen(answer.text).links
    assert "docs/static/swagger-ui-bundle.js" in addresses
    for address in addresses:
        assert "://" not in address
        if not address.startswith("data:"):
            assert api.get("/" + address).status_code == 200, address
    assert "'unsafe-inline'" not in re.search(r"script-src [^;]*", answer.headers["content-security-policy"])[0]  # type: ignore[index]


def test_each_error_code_has_an_anchor(api: Api) -> None:
    text = api.get("/docs/errors").text
    for code in errors_by_code():
        assert f'id="{code}"' in text


def references(node: Any) -> list[str]:
    if isinstance(node, dict):
        own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
        return own + [ref for value in node.values() for ref in references(value)]
    return [ref for value in node for ref in references(value)] if isinstance(node, list) else []


def test_the_openapi_document_is_whole(api: Api) -> None:
    document = api.get("/openapi.json").json()
    OpenAPI.model_validate(document)
    schemas = document["components"]["schemas"]
    assert {ref.removeprefix("#/components/schemas/") for ref in references(document)} <= set(schemas)
    assert document["servers"] == [{"url": BASE}]
    for path, operations in document["paths"].items():
        operation = operations["get"]
        assert operation["summary"]
        assert operation["description"]
        assert "422" not in operation["responses"]
        for parameter in operation.get("parameters", []):
            assert parameter["description"], (path, parameter["name"])


@pytest.mark.parametrize("what", ["latest", "history", "sites"])
def test_every_answer_of_a_data_route_is_documented_with_an_example(api: Api, what: str) -> None:
    responses = api.get("/openapi.json").json()["paths"][f"/{{city}}/{{theme}}/{what}"]["get"]["responses"]
    assert {"200", "400", "404", "406", "500"} <= set(responses)
    assert set(responses["200"]["content"]) == {"application/json", "application/geo+json", "text/csv"}
    for response in responses.values():
        assert all("example" in content or content["examples"] for content in response.get("content", {}).values())


@pytest.mark.parametrize(
    ("example", "struct"),
    [
        (examples.LATEST, LatestDocument),
        (examples.HISTORY, HistoryDocument),
        (examples.OBSERVATION_FEATURES, SiteFeatures),
        (examples.AGGREGATES, AggregatesDocument),
        (examples.AGGREGATED_FEATURES, AggregatedFeatures),
        (examples.SITES, SitesDocument),
        (examples.SITE_FEATURES, DescribedSites),
    ],
)
def test_examples_are_what_they_are_examples_of(example: Any, struct: type) -> None:
    read: object = msgspec.convert(example, struct)
    assert msgspec.json.decode(msgspec.json.encode(read)) == example


def test_csv_examples_have_todays_columns() -> None:
    assert examples.OBSERVATION_CSV.splitlines()[0] == ",".join(COLUMNS)
