"""The addresses of catalogues: forms, languages, caching, errors."""

import pytest
from rdflib import DCAT, DCTERMS, RDF, Graph, URIRef

from tests.apis.conftest import BASE, Api

# rdflib's own use of names that it is about to give up.
pytestmark = pytest.mark.filterwarnings("ignore:(Dataset|ConjunctiveGraph):DeprecationWarning")

FORMS = {
    "turtle": ("text/turtle; charset=utf-8", "turtle"),
    "jsonld": ("application/ld+json", "json-ld"),
    "ntriples": ("application/n-triples", "nt"),
    "rdfxml": ("application/rdf+xml", "xml"),
}
"""By `?format=`: the content type, and what rdflib calls it."""


def datasets(text: str, form: str = "turtle") -> set[str]:
    graph = Graph().parse(data=text, format=form)
    return {str(each).removeprefix(f"{BASE}/") for each in graph.subjects(RDF.type, DCAT.Dataset)}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_holds_the_same_triples_by_format_and_by_accept(api: Api, form: str) -> None:
    content_type, name = FORMS[form]
    asked = api.get(f"/catalog?all=1&format={form}")
    accepted = api.get("/catalog?all=1", accept=content_type.partition(";")[0])
    assert (asked.status_code, asked.headers["content-type"]) == (200, content_type)
    assert accepted.headers["content-type"] == content_type
    told = set(Graph().parse(data=asked.text, format=name))
    assert told == set(Graph().parse(data=api.get("/catalog?all=1").text, format="turtle"))
    assert len(told) > 500


def test_only_what_is_measured_unless_everything_is_asked_for(api: Api) -> None:
    measured = {"gent/parking", "gent/air-quality", "aalst/air-quality"}
    assert datasets(api.get("/catalog").text) == measured
    assert datasets(api.get("/catalog?all=0").text) == measured
    assert datasets(api.get("/catalog?all=1").text) == measured | {"aalst/parking"}
    assert datasets(api.get("/catalog?all=true").text) == measured | {"aalst/parking"}
    assert api.get("/catalog?all=perhaps").status_code == 400


def test_the_catalogue_of_a_city_has_its_datasets_alone(api: Api) -> None:
    assert datasets(api.get("/gent/catalog").text) == {"gent/parking", "gent/air-quality"}
    assert datasets(api.get("/aalst/catalog").text) == {"aalst/air-quality"}
    graph = Graph().parse(data=api.get("/gent/catalog").text, format="turtle")
    catalogue = URIRef(f"{BASE}/gent/catalog")
    assert graph.value(catalogue, DCTERMS.publisher) == URIRef("https://organisaties.example/id/gent")


def test_a_private_dataset_is_in_no_catalogue(api: Api) -> None:
    for address in ("/catalog?all=1", "/leuven/catalog?all=1", "/catalog?all=1&format=html"):
        answer = api.get(address)
        assert answer.status_code == 200
        assert "hidden" not in answer.text
        assert "leuven/parking" not in answer.text


def test_a_theme_narrows_the_catalogue(api: Api) -> None:
    assert datasets(api.get("/catalog?theme=parking").text) == {"gent/parking"}
    assert datasets(api.get("/aalst/catalog?theme=air-quality").text) == {"aalst/air-quality"}
    refused = api.get("/catalog?theme=volcanoes")
    assert (refused.status_code, refused.json()["code"]) == (404, "unknown-dataset")


def test_a_catalogue_is_cached_shortly_and_unchanged_as_long_as_nothing_changes(api: Api) -> None:
    first = api.get("/gent/catalog")
    assert first.headers["cache-control"] == "public, max-age=60"
    assert "Accept" in first.headers["vary"]
    again = api.get("/gent/catalog", if_none_match=first.headers["etag"])
    assert (again.status_code, again.content) == (304, b"")
    others = [api.get(f"/gent/catalog?format={form}").headers["etag"] for form in (*FORMS, "html")]
    assert len({*others, api.get("/catalog").headers["etag"]}) == 6


def test_a_browser_gets_a_page_in_its_language(api: Api) -> None:
    browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    page = api.get("/gent/catalog", accept=browser, accept_language="fr-BE,nl;q=0.5")
    assert page.headers["content-type"].startswith("text/html")
    assert page.headers["content-language"] == "fr"
    chosen = api.get("/gent/catalog?lang=en&theme=parking", accept=browser, accept_language="fr")
    assert chosen.headers["content-language"] == "en"
    assert "?theme=parking&amp;all=1&amp;format=html&amp;lang=en" in chosen.text
    assert "all=1&amp;format=html" not in api.get("/gent/catalog?all=1", accept=browser).text
    assert "Gand : données ouvertes" in page.text
    assert f"{BASE}/gent/parking/latest?format=datex2" in page.text
    assert "script" not in page.text
    empty = api.get("/leuven/catalog?format=html", accept_language="en")
    assert "There is no measured dataset here yet." in empty.text


@pytest.mark.parametrize("form", FORMS)
def test_the_start_page_is_the_catalogue_where_rdf_is_asked_for(api: Api, form: str) -> None:
    content_type, name = FORMS[form]
    answer = api.get("/", accept=content_type.partition(";")[0])
    assert answer.headers["content-type"] == content_type
    assert datasets(answer.text, name) == {"gent/parking", "gent/air-quality", "aalst/air-quality"}
    assert api.get("/", accept="*/*").headers["content-type"].startswith("text/html")
    browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    assert api.get("/", accept=browser).headers["content-type"].startswith("text/html")


@pytest.mark.parametrize(
    ("address", "status", "code"),
    [
        ("/atlantis/catalog", 404, "unknown-city"),
        ("/docs/catalog", 404, "unknown-path"),
        ("/catalog?format=csv", 406, "not-acceptable"),
        ("/catalog?page=2", 400, "invalid-parameter"),
    ],
)
def test_what_cannot_be_answered_is_a_problem(api: Api, address: str, status: int, code: str) -> None:
    answer = api.get(address)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
