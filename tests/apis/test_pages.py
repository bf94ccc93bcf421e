"""The documentation."""

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
from apis.portal.examples import INDEX
from apis.portal.models import IndexDocument
from apis.schema import errors_by_code
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


def test_links_of_the_registry_lead_to_the_web_only() -> None:
    assert link("x", "javascript:alert(1)").tag == "span"
    assert link("x", "https://stad.gent").tag == "a"
    assert b'title="&quot;&gt;"' in page("t", "nl", "", element("p", "a", element("b", "c"), "d", title='">'))
    assert b"<p>a<b>c</b>d</p>" in page("t", "nl", "", element("p", "a", element("b", "c"), "d"))


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
        for operation in operations.values():
            assert operation["summary"]
            assert operation["description"]
            assert "422" not in operation["responses"]
            for parameter in operation.get("parameters", []):
                assert parameter["description"], (path, parameter["name"])


@pytest.mark.parametrize("what", ["latest", "history", "sites"])
def test_every_way_a_data_route_can_answer_is_documented(api: Api, what: str) -> None:
    responses = api.get("/openapi.json").json()["paths"][f"/{{city}}/{{theme}}/{what}"]["get"]["responses"]
    assert {"200", "400", "404", "406", "500"} <= set(responses)
    assert {"application/json", "application/geo+json", "text/csv"} <= set(responses["200"]["content"])


FILES = ("application/vnd.apache.parquet", "application/gzip")
"""Bytes that no example can show."""


def test_every_answer_with_a_body_has_an_example(api: Api) -> None:
    document = api.get("/openapi.json").json()
    without = [
        f"{path} {status} {media_type}"
        for path, operations in document["paths"].items()
        for operation in operations.values()
        for status, response in operation["responses"].items()
        for media_type, content in response.get("content", {}).items()
        if "example" not in content and not content.get("examples") and media_type not in FILES
    ]
    assert without == []
    bodiless = {
        f"{path} {status}"
        for path, operations in document["paths"].items()
        for operation in operations.values()
        for status, response in operation["responses"].items()
        if not response.get("content") and status not in ("206", "302", "303", "304")
    }
    assert bodiless == set()


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
        (INDEX, IndexDocument),
    ],
)
def test_examples_are_what_they_are_examples_of(example: Any, struct: type) -> None:
    read: object = msgspec.convert(example, struct)
    assert msgspec.json.decode(msgspec.json.encode(read)) == example


def test_csv_examples_have_todays_columns() -> None:
    assert examples.OBSERVATION_CSV.splitlines()[0] == ",".join(COLUMNS)
