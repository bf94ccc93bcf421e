"""What catalogues say, and that it is so."""

from pathlib import Path
from typing import Any

import pytest
from pyoxigraph import Triple
from rdflib import DCAT, DCTERMS, FOAF, RDF, RDFS, Graph, Literal, Namespace, URIRef

from apis.catalogue.graph import Graph as Built
from apis.catalogue.media import IANA, MEDIA
from apis.catalogue.terms import DCAT as OURS
from apis.catalogue.texts import OFFERS
from stadspuls.errors import StoreError
from stadspuls.registry import load_registry
from stadspuls.settings import ROOT
from tests.apis.catalogue.measured import api_over, close_a_day, measured_registry
from tests.apis.conftest import BASE, Api
from tests.conformance.serving import MOMENTS, T0

MOBILITY = Namespace("https://w3id.org/mobilitydcat-ap#")
DCATAP = Namespace("http://data.europa.eu/r5r/")
VCARD = Namespace("http://www.w3.org/2006/vcard/ns#")
STREAM = f"{IANA}text/event-stream"


def catalogue(api: Api, address: str = "/catalog?all=1") -> Graph:
    answer = api.get(address)
    assert answer.status_code == 200
    return Graph().parse(data=answer.text, format="turtle")


def node(name: str) -> URIRef:
    return URIRef(f"{BASE}/{name}")


def addresses(graph: Graph) -> list[tuple[str, str]]:
    """Every address of a distribution, with the media type that is said of what comes from there."""
    found = []
    for distribution in graph.subjects(RDF.type, DCAT.Distribution):
        said = graph.value(distribution, DCAT.compressFormat) or graph.value(distribution, DCAT.mediaType)
        media_type = str(said).removeprefix(IANA)
        for predicate in (DCAT.accessURL, DCAT.downloadURL):
            found += [(str(address), media_type) for address in graph.objects(distribution, predicate)]
    return found


@pytest.fixture
def archived(filled: Api) -> Api:
    """With a day that is closed, since something was observed long after it."""
    close_a_day(filled)
    return filled


def test_every_address_of_a_distribution_answers_with_its_media_type(archived: Api) -> None:
    # There is no Kafka here whose log live streams would go on from.
    archived.live.memory.known = True
    found = addresses(catalogue(archived))
    files = {"application/vnd.apache.parquet", "application/gzip"}
    assert {media_type for _, media_type in found} >= {"application/json", "text/csv", "application/trig", *files}
    assert len(found) > 60
    for address, media_type in sorted(set(found)):
        # What never ends is asked for without its body.
        method = "HEAD" if media_type == "text/event-stream" else "GET"
        answer = archived.ask(method, address, accept="x/y") if "format=" in address else archived.ask(method, address)
        while answer.is_redirect:
            answer = archived.ask(method, answer.headers["location"])
        assert answer.status_code == 200, address
        assert answer.headers["content-type"].partition(";")[0] == media_type, address


def test_closed_days_tell_their_size_and_what_they_are_packed_with(archived: Api) -> None:
    graph = catalogue(archived, "/gent/catalog")
    day = node("gent/parking#archive-2026-01-05.csv.gz")
    address = str(graph.value(day, DCAT.downloadURL))
    assert address == f"{BASE}/gent/parking/archive/2026-01-05.csv.gz"
    size = graph.value(day, DCAT.byteSize)
    assert isinstance(size, Literal)
    assert size.toPython() == len(archived.get(address).content)
    assert graph.value(day, DCAT.mediaType) == URIRef(f"{IANA}text/csv")
    assert (node("gent/parking"), DCAT.distribution, node("gent/parking#archive-2026-01-05.parquet")) in graph


def routes_of_a_dataset(api: Api) -> dict[str, dict[str, Any]]:
    """By what follows a dataset's address: the operation that answers there without asking for more."""
    paths = api.app.state.openapi_document["paths"]
    found = {path.removeprefix("/{city}/{theme}"): path for path in paths if path.startswith("/{city}/{theme}")}
    return {rest: paths[path]["get"] for rest, path in found.items() if "{" not in rest}


def test_every_form_that_a_route_offers_is_a_distribution(archived: Api) -> None:
    graph = catalogue(archived, "/gent/catalog")
    parking = f"{BASE}/gent/parking#"
    told = {str(each).removeprefix(parking) for each in graph.objects(node("gent/parking"), DCAT.distribution)}
    expected = {"archive-2026-01-05.parquet", "archive-2026-01-05.csv.gz"}
    routes = routes_of_a_dataset(archived)
    assert routes.keys() >= {"", "/latest", "/history", "/sites", "/events"}
    for rest, operation in routes.items():
        name = rest.strip("/") or "pages"
        forms = [form for each in operation["parameters"] if each["name"] == "format" for form in _forms(each)]
        expected |= {f"{name}-{form}" for form in forms if form != "html"} if forms else {name}
    assert told == expected


def _forms(parameter: dict[str, Any]) -> list[str]:
    schema = parameter["schema"]
    forms: list[str] = schema.get("enum") or schema["anyOf"][0]["enum"]
    return forms


def test_every_route_and_media_type_has_a_name_in_catalogues(api: Api) -> None:
    routes = routes_of_a_dataset(api)
    assert routes.keys() - OFFERS.keys() == set()
    media_types = {each for operation in routes.values() for each in operation["responses"]["200"]["content"]}
    assert media_types - MEDIA.keys() == {"text/html"}
    assert all(names.keys() == {"nl", "en", "fr"} for names in OFFERS.values())


def test_a_dataset_that_publishes_aggregates_offers_windows_and_sites_only(api: Api) -> None:
    graph = catalogue(api, "/aalst/catalog")
    found = {str(address) for address in graph.objects(None, DCAT.accessURL)}
    base = f"{BASE}/aalst/air-quality"
    assert found == {
        *(f"{base}/history?every=1h&format={form}" for form in ("json", "geojson", "csv")),
        *(f"{base}/sites?format={form}" for form in ("json", "geojson", "csv")),
    }
    assert {str(each) for each in graph.subjects(RDF.type, DCAT.DataService)} == {f"{base}#service-api"}


def test_services_name_endpoint_description_and_what_they_serve(tmp_path: Path) -> None:
    with api_over(measured_registry(tmp_path), tmp_path, public_mqtt_port=1884) as api:
        graph = catalogue(api, "/gent/catalog?theme=parking")
    described = {
        str(graph.value(service, DCAT.endpointURL)): str(graph.value(service, DCAT.endpointDescription))
        for service in graph.subjects(DCAT.servesDataset, node("gent/parking"))
    }
    assert (
        described.items()
        >= {
            f"{BASE}/gent/parking": f"{BASE}/openapi.json",
            f"{BASE}/gent/parking/events": f"{BASE}/asyncapi.json",
            "wss://data.example/ws": f"{BASE}/asyncapi.json",
            "mqtt://data.example:1884": f"{BASE}/asyncapi.json",
        }.items()
    )


def test_what_is_named_of_ours_is_there(archived: Api) -> None:
    archived.live.memory.known = True
    graph = catalogue(archived)
    named = {
        str(address)
        for predicate in (DCAT.endpointDescription, DCAT.endpointURL, DCAT.landingPage, FOAF.page, FOAF.homepage)
        for address in graph.objects(None, predicate)
        if str(address).startswith(f"{BASE}/")
    }
    assert len(named) > 12
    for address in sorted(named):
        method = "HEAD" if address.endswith("/events") else "GET"
        answer = archived.ask(method, address)
        while answer.is_redirect:
            answer = archived.ask(method, answer.headers["location"])
        assert answer.status_code == 200, address


def test_what_is_not_measured_says_so_in_every_dataset_and_distribution(api: Api) -> None:
    graph, dataset = catalogue(api), node("aalst/parking")
    said = [str(text) for text in graph.objects(dataset, DCTERMS.description)]
    assert any("gesimuleerd; ze zijn nooit gemeten" in text for text in said)
    statement = graph.value(dataset, DCTERMS.provenance)
    assert Literal("These values are simulated; they were never measured.", "en") in graph.objects(
        statement, RDFS.label
    )
    assert graph.value(dataset, node("docs/terms#origin")) == node("docs/terms#simulated")
    for distribution in graph.objects(dataset, DCAT.distribution):
        assert graph.value(distribution, DCTERMS.description) is not None


def test_only_a_measured_dataset_is_of_high_value(tmp_path: Path) -> None:
    shipped = load_registry(ROOT / "cities", ROOT / "themes")
    with api_over(shipped, tmp_path) as api:
        graph = catalogue(api, "/catalog?all=1&theme=air-quality")
    assert len(set(graph.subjects(RDF.type, DCAT.Dataset))) > 10
    assert (None, DCATAP.applicableLegislation, None) not in graph


def test_a_high_value_dataset_its_distributions_and_services_name_the_law(api: Api) -> None:
    graph = catalogue(api, "/gent/catalog")
    law = URIRef("http://data.europa.eu/eli/reg_impl/2023/138/oj")
    air = node("gent/air-quality")
    of_air = {air, *graph.objects(air, DCAT.distribution), *graph.subjects(DCAT.servesDataset, air)}
    assert set(graph.subjects(DCATAP.applicableLegislation, law)) == of_air


def test_agents_are_agents_of_both_vocabularies_and_can_be_asked(api: Api) -> None:
    graph = catalogue(api)
    publishers = set(graph.objects(None, DCTERMS.publisher))
    assert len(publishers) == 3
    for publisher in publishers:
        assert {FOAF.Agent, DCTERMS.Agent} <= set(graph.objects(publisher, RDF.type))
    contact = graph.value(node("gent/parking"), DCAT.contactPoint)
    assert graph.value(contact, VCARD.hasEmail) == URIRef("mailto:opendata@stad.example")
    assert graph.value(contact, VCARD.hasURL) == URIRef("https://stad.gent")
    nobody = graph.value(node("aalst/air-quality"), DCAT.contactPoint)
    assert graph.value(nobody, VCARD.hasURL) == node("")


def test_only_datex_ii_is_called_a_standard_of_mobility(api: Api) -> None:
    graph = catalogue(api, "/gent/catalog")
    standard = URIRef("https://w3id.org/mobilitydcat-ap/mobility-data-standard/datex-II")
    assert set(graph.subjects(MOBILITY.mobilityDataStandard, standard)) == {node("gent/parking#latest-datex2")}
    assert (node("gent/air-quality"), MOBILITY.mobilityTheme, None) not in graph


def test_event_streams_are_found_by_their_standard(api: Api) -> None:
    graph = catalogue(api, "/gent/catalog?theme=parking")
    found = {str(each) for each in graph.subjects(DCTERMS.conformsTo, URIRef("https://w3id.org/ldes/specification"))}
    forms = ("trig", "turtle", "nquads", "ntriples", "jsonld")
    parking = f"{BASE}/gent/parking"
    assert found == {f"{parking}#service-ldes", *(f"{parking}#ldes-{form}" for form in forms)}


def test_frequency_is_the_shortest_declared_period_or_continuous(api: Api) -> None:
    graph = catalogue(api)
    frequencies = {
        name: str(graph.value(node(name), DCTERMS.accrualPeriodicity)).rpartition("/")[2]
        for name in ("gent/parking", "gent/air-quality")
    }
    assert frequencies == {"gent/parking": "UPDATE_CONT", "gent/air-quality": "HOURLY"}


def test_times_are_those_of_the_registry_and_the_store(filled: Api) -> None:
    graph, dataset = catalogue(filled), node("gent/parking")
    assert str(graph.value(dataset, DCTERMS.issued)) == "2016-06-01"
    period = graph.value(dataset, DCTERMS.temporal)
    start = graph.value(period, DCAT.startDate)
    assert isinstance(start, Literal)
    assert start.toPython().timestamp() == pytest.approx((T0 + MOMENTS[0]) / 1e6 + 1)
    assert graph.value(node("gent/air-quality"), DCTERMS.issued) is None


def test_a_store_that_does_not_answer_leaves_a_catalogue_without_times(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise StoreError("away")

    monkeypatch.setattr("apis.catalogue.serving.first_published", refuse)
    graph = catalogue(api)
    assert len(set(graph.subjects(RDF.type, DCAT.Dataset))) == 4
    assert (None, DCTERMS.temporal, None) not in graph


def test_text_of_city_files_stays_text(api: Api) -> None:
    graph = catalogue(api)
    titles = {str(title) for title in graph.objects(node("gent/parking"), DCTERMS.title)}
    assert 'Parkings "in" Gent' in titles
    assert "<b>" not in api.get("/catalog?format=html").text


def test_what_is_said_twice_stands_there_once() -> None:
    built = Built()
    for _ in range(2):
        built.node("https://data.example/x", OURS["Dataset"])
    assert [type(triple) for triple in built.triples()] == [Triple]
