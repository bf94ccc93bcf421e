"""Identifiers lead to documents: 303, in every form, with `id_base` or without, and nothing that is private."""

from collections.abc import Callable
from pathlib import Path

import pytest
from pyoxigraph import NamedNode, RdfFormat, Triple, parse

from apis.vocabulary import DCT, FOAF, OWL, RDF, SCHEMA, SOSA
from stadspuls.clock import MINUTE
from stadspuls.model import Quality
from stadspuls.registry import Registry
from tests.apis.conftest import BASE, Api
from tests.apis.pages.cities import GENT, pages_registry
from tests.apis.pages.conftest import T0, Log

OBSERVATION = "observation/parking/P1/vacantSpaces/2026-01-05T06:00:58Z"
THINGS = (
    "city/gent",
    "dataset/parking",
    "site/parking/P1",
    "site/parking/street",
    "sensor/parking/P1",
    "sensor/parking/street-derived",
    "property/parking/vacantSpaces",
    "property/parking/occupied",
    "datastream/parking/P1/vacantSpaces",
    "datastream/parking/street-derived/vacantSpaces",
    OBSERVATION,
)
FORMS = {
    "text/turtle": RdfFormat.TURTLE,
    "application/trig": RdfFormat.TRIG,
    "application/n-triples": RdfFormat.N_TRIPLES,
    "application/n-quads": RdfFormat.N_QUADS,
}
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.fixture
def filled(api: Api, log: Log) -> Api:
    log.publish(log.one(T0 + MINUTE, 12.0))
    api.load()
    return api


def said(api: Api, path: str) -> set[Triple]:
    answer = api.get(path, accept="application/n-triples")
    assert answer.status_code == 200, answer.text
    return {quad.triple for quad in parse(answer.content, format=RdfFormat.N_TRIPLES)}


def topic(triples: set[Triple]) -> NamedNode:
    (found,) = (triple.object for triple in triples if triple.predicate == FOAF["primaryTopic"])
    assert isinstance(found, NamedNode)
    return found


@pytest.mark.parametrize("thing", THINGS)
def test_an_identifier_leads_to_a_document_about_it_in_every_form(filled: Api, thing: str) -> None:
    for media_type, form in FORMS.items():
        answer = filled.get(f"/gent/id/{thing}", accept=media_type)
        assert answer.status_code == 303
        assert answer.headers["location"] == f"{BASE}/gent/doc/{thing}"
        assert "Accept" in answer.headers["vary"]
        document = filled.get(f"/gent/doc/{thing}", accept=media_type)
        assert document.headers["content-type"].startswith(media_type)
        triples = {quad.triple for quad in parse(document.content, format=form)}
        about = topic(triples)
        assert any(triple.subject == about for triple in triples)
    json_ld = filled.get(f"/gent/doc/{thing}", accept="application/ld+json").json()
    assert json_ld["@context"] == f"{BASE}/docs/contexts/v1.jsonld"


@pytest.mark.parametrize("thing", THINGS)
def test_a_browser_gets_a_page(filled: Api, thing: str) -> None:
    answer = filled.get(f"/gent/id/{thing}", accept=BROWSER)
    pages = {
        "city/gent": "/gent",
        "dataset/parking": "/gent/parking",
        "site/parking/P1": "/gent/parking/sites/P1",
        "site/parking/street": "/gent/parking/sites/street",
    }
    assert answer.headers["location"] == BASE + pages.get(thing, f"/gent/doc/{thing}")
    page = filled.get(f"/gent/doc/{thing}", accept=BROWSER, accept_language="en")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["content-language"] == "en"
    assert "<script" not in page.text


def test_format_goes_along(filled: Api) -> None:
    for thing, page in (("dataset/parking", "gent/parking"), ("site/parking/P1", "gent/parking/sites/P1")):
        address = filled.get(f"/gent/id/{thing}?format=html", accept="*/*").headers["location"]
        assert address == f"{BASE}/{page}?format=html"
    answer = filled.get("/gent/id/sensor/parking/P1?format=jsonld", accept="text/turtle")
    assert answer.headers["location"] == f"{BASE}/gent/doc/sensor/parking/P1?format=jsonld"


def test_documents_have_tags(filled: Api) -> None:
    tag = filled.get("/gent/doc/sensor/parking/P1").headers["etag"]
    assert filled.get("/gent/doc/sensor/parking/P1", if_none_match=tag).status_code == 304
    assert filled.get("/gent/doc/sensor/parking/P1", accept="text/html").headers["etag"] != tag


def test_what_has_an_identifier_of_others_is_described_under_it_and_tied_to_ours(filled: Api) -> None:
    site = said(filled, "/gent/doc/site/parking/P1")
    foreign, ours = NamedNode("https://stad.gent/id/parking/P1"), NamedNode(f"{BASE}/gent/id/site/parking/P1")
    assert topic(site) == foreign
    assert Triple(foreign, OWL["sameAs"], ours) in site
    assert any("POINT(3.72595 51.05652)" in str(triple.object) for triple in site)
    observed = said(filled, "/gent/doc/property/air-quality/no2")
    assert Triple(topic(observed), OWL["sameAs"], NamedNode(f"{BASE}/gent/id/property/air-quality/no2")) in observed
    dataset = said(filled, "/gent/doc/dataset/parking")
    assert Triple(NamedNode(f"{BASE}/gent/id/dataset/parking"), OWL["sameAs"], topic(dataset)) in dataset


def test_an_observation_is_looked_up_in_the_store(filled: Api, log: Log) -> None:
    log.publish(log.one(T0 + 2 * MINUTE, 9.0, quality=Quality.SUSPECT, test="jump"))
    found = said(filled, "/gent/doc/observation/parking/P1/vacantSpaces/2026-01-05T06:01:58Z")
    node = topic(found)
    assert Triple(node, DCT["isVersionOf"], NamedNode(f"{BASE}/gent/id/datastream/parking/P1/vacantSpaces")) in found
    assert Triple(node, NamedNode(f"{BASE}/docs/terms#quality"), NamedNode(f"{BASE}/docs/terms#suspect")) in found
    assert Triple(node, RDF["type"], SOSA["Observation"]) in found


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("gent/id/site/parking/P99", 404, "unknown-path"),
        ("gent/doc/sensor/parking/nobody", 404, "unknown-path"),
        ("gent/id/property/parking/no2", 404, "unknown-path"),
        ("gent/id/datastream/parking/P1/occupied", 404, "unknown-path"),
        ("gent/id/observation/parking/P1/vacantSpaces/2026-01-05T06:00:57Z", 404, "unknown-path"),
        ("gent/id/observation/parking/P1/vacantSpaces/yesterday", 404, "unknown-path"),
        ("gent/id/observation/parking/P1/vacantSpaces/2026-01-05T06:00:58+00:00", 404, "unknown-path"),
        ("gent/id/site/parking", 404, "unknown-path"),
        ("gent/id/city/aalst", 404, "unknown-path"),
        ("gent/id/volcano/parking/P1", 404, "unknown-path"),
        ("gent/id/site/volcanoes/P1", 404, "unknown-dataset"),
        ("atlantis/id/site/parking/P1", 404, "unknown-city"),
        ("atlantis/id/city/atlantis", 404, "unknown-city"),
        ("aalst/id/dataset/parking", 404, "unknown-dataset"),
        ("aalst/id/observation/air-quality/x/no2/2026-01-05T06:00:00Z", 403, "only-aggregates"),
        ("gent/id/site/parking/P1?format=xml", 406, "not-acceptable"),
        ("gent/id/site/parking/P1?lang=en", 400, "invalid-parameter"),
    ],
)
def test_what_is_not_there_is_a_problem(filled: Api, path: str, status: int, code: str) -> None:
    answer = filled.get(f"/{path}")
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_a_city_names_only_what_may_be_named(filled: Api) -> None:
    parts = [triple.object for triple in said(filled, "/aalst/doc/city/aalst") if triple.predicate == DCT["hasPart"]]
    assert parts == [NamedNode(f"{BASE}/aalst/air-quality")]


def test_what_the_registry_forgot_is_still_described_by_what_the_store_has(
    filled: Api, log: Log, tmp_path: Path, build_api: Callable[..., Api]
) -> None:
    log.publish(log.one(T0 + 2 * MINUTE, 3.0, ("east", "vacantSpaces")))
    without = GENT.replace("      - {id: east, site: gate, properties: [vacantSpaces]}\n", "")
    later = build_api(registry=pages_registry(tmp_path / "later", gent=without))
    later.load()
    for thing in ("sensor/parking/east", "datastream/parking/east/vacantSpaces"):
        found = said(later, f"/gent/doc/{thing}")
        assert topic(found) == NamedNode(f"{BASE}/gent/id/{thing}")
    assert filled.get("/gent/id/sensor/parking/west").status_code == 303


@pytest.fixture
def elsewhere(tmp_path: Path) -> Registry:
    """Ghent's identifiers have a base of their own."""
    named = GENT.replace("time_zone:", "id_base: https://data.stad.gent\ntime_zone:", 1)
    return pages_registry(tmp_path / "elsewhere", gent=named)


def test_identifiers_keep_to_the_base_of_their_city_while_documents_are_here(
    elsewhere: Registry, log: Log, build_api: Callable[..., Api]
) -> None:
    log.publish(log.one(T0 + MINUTE, 12.0))
    api = build_api(registry=elsewhere)
    for thing in THINGS:
        assert api.get(f"/gent/id/{thing}", accept="text/turtle").headers["location"] == f"{BASE}/gent/doc/{thing}"
    found = said(api, "/gent/doc/sensor/parking/P1")
    assert topic(found) == NamedNode("https://data.stad.gent/gent/id/sensor/parking/P1")
    assert topic(said(api, f"/gent/doc/{OBSERVATION}")) == NamedNode(f"https://data.stad.gent/gent/id/{OBSERVATION}")


def test_units_are_said_where_there_are_some(filled: Api, log: Log) -> None:
    air = said(filled, "/gent/doc/datastream/air-quality/st-1/no2")
    assert [getattr(t.object, "value", "") for t in air if t.predicate == SCHEMA["unitText"]] == ["ug/m3"]
    assert SCHEMA["unitText"] not in {t.predicate for t in said(filled, "/gent/doc/datastream/parking/P1/vacantSpaces")}
