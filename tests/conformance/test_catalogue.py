"""The shapes of DCAT-AP, its annex for high-value datasets, DCAT-AP-VL and mobilityDCAT-AP judge the catalogue.

The single file of DCAT-AP 3.0.1 and the shapes of DCAT-AP-VL are repaired copies, since the published ones cannot be
loaded: passing them is no official statement of conformance.
"""

from collections.abc import Callable, Iterator

import pytest
from rdflib import DCAT, DCTERMS, RDF, SKOS, Graph, Literal, Namespace, URIRef

from stadspuls.registry import load_registry
from stadspuls.settings import ROOT
from tests.apis.catalogue.measured import api_over, close_a_day, measured_registry
from tests.apis.conftest import BASE, Api
from tests.conformance.shapes import shapes_set, shapes_sets

DCATAP = Namespace("http://data.europa.eu/r5r/")
ELI = Namespace("http://data.europa.eu/eli/ontology#")
MOBILITY = Namespace("https://w3id.org/mobilitydcat-ap#")
LAW, OTHER_LAW = (URIRef(f"http://data.europa.eu/eli/{path}/oj") for path in ("reg_impl/2023/138", "dir/2019/1024"))

GENERAL = ("/catalog", "/catalog?all=1", "/gent/catalog", "/aalst/catalog?all=1", "/leuven/catalog")
"""With datasets of every theme, with what is not measured, and with no dataset at all."""
MOBILE = ("/catalog?theme=parking", "/catalog?theme=parking&all=1", "/gent/catalog?theme=parking")
HIGH_VALUE = ("/catalog?theme=air-quality", "/gent/catalog?theme=air-quality", "/leuven/catalog")

Breakage = Callable[[Graph], None]


def drop(graph: Graph, kind: URIRef, predicate: URIRef) -> None:
    """Take a property from everything of a class."""
    for subject in list(graph.subjects(RDF.type, kind)):
        graph.remove((subject, predicate, None))


def without_titles(graph: Graph) -> None:
    drop(graph, DCAT.Dataset, DCTERMS.title)


def with_a_frequency_of_our_own(graph: Graph) -> None:
    often = URIRef(f"{BASE}/often")
    graph.add((often, RDF.type, DCTERMS.Frequency))
    for subject in list(graph.subjects(RDF.type, DCAT.Dataset)):
        graph.set((subject, DCTERMS.accrualPeriodicity, often))


def with_topics_that_are_no_resources(graph: Graph) -> None:
    graph.remove((None, RDF.type, DCAT.Resource))


def without_law_of_distributions(graph: Graph) -> None:
    drop(graph, DCAT.Distribution, DCATAP.applicableLegislation)


def with_another_law(graph: Graph) -> None:
    graph.add((OTHER_LAW, RDF.type, ELI.LegalResource))
    for subject in list(graph.subjects(DCATAP.applicableLegislation, LAW)):
        graph.set((subject, DCATAP.applicableLegislation, OTHER_LAW))


def with_titles_of_no_language(graph: Graph) -> None:
    for subject in list(graph.subjects(RDF.type, DCAT.Dataset)):
        graph.set((subject, DCTERMS.title, Literal("Parkings")))


def without_mobility_theme(graph: Graph) -> None:
    drop(graph, DCAT.Dataset, MOBILITY.mobilityTheme)


CASES: dict[str, tuple[tuple[str, ...], Breakage]] = {
    "dcat-ap-3.0.1": (GENERAL, without_titles),
    "dcat-ap-3.0.1-controlled-vocabularies": (GENERAL, with_a_frequency_of_our_own),
    "dcat-ap-3.0.1-single-file": (GENERAL, with_topics_that_are_no_resources),
    "dcat-ap-hvd": (HIGH_VALUE, without_law_of_distributions),
    "dcat-ap-hvd-full": (HIGH_VALUE, with_another_law),
    "dcat-ap-vl-3.0": (GENERAL, with_titles_of_no_language),
    "mobilitydcat-ap-1.1.0": (MOBILE, without_mobility_theme),
}
"""By shapes set: the catalogues it judges, and how the test breaks the first of them."""
SHIPPED = {
    "/catalog?all=1": ("dcat-ap-3.0.1-controlled-vocabularies", "dcat-ap-3.0.1-single-file", "dcat-ap-vl-3.0"),
    "/catalog?all=1&theme=parking": ("mobilitydcat-ap-1.1.0",),
    "/catalog": ("dcat-ap-3.0.1", "dcat-ap-hvd", "dcat-ap-hvd-full", "dcat-ap-vl-3.0"),
}
"""Catalogues of the shipped cities, of which none measures, and the shapes sets that judge them."""


@pytest.fixture(scope="module")
def measuring(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    folder = tmp_path_factory.mktemp("measuring")
    with api_over(measured_registry(folder), folder, filled=True, public_mqtt_port=1884) as api:
        close_a_day(api)
        yield api


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with api_over(load_registry(ROOT / "cities", ROOT / "themes"), tmp_path_factory.mktemp("shipped-catalogue")) as api:
        yield api


def catalogue(api: Api, address: str) -> Graph:
    answer = api.get(address)
    assert answer.status_code == 200
    return Graph().parse(data=answer.text, format="turtle")


@pytest.mark.parametrize(("name", "address"), [(name, each) for name, (some, _) in CASES.items() for each in some])
def test_a_catalogue_conforms(measuring: Api, name: str, address: str) -> None:
    assert shapes_set(name).refusals(catalogue(measuring, address)) == ""


@pytest.mark.parametrize("name", CASES)
def test_a_broken_copy_is_refused(measuring: Api, name: str) -> None:
    (address, *_), break_it = CASES[name]
    graph = catalogue(measuring, address)
    before = set(graph)
    break_it(graph)
    assert set(graph) != before
    assert "Constraint Violation" in shapes_set(name).refusals(graph)


@pytest.mark.parametrize(("address", "name"), [(address, name) for address, some in SHIPPED.items() for name in some])
def test_the_catalogue_of_the_shipped_cities_conforms(shipped: Api, address: str, name: str) -> None:
    graph = catalogue(shipped, address)
    assert len(set(graph.subjects(RDF.type, DCAT.Dataset))) == (0 if address == "/catalog" else len(_listed(address)))
    assert shapes_set(name).refusals(graph) == ""


def _listed(address: str) -> list[str]:
    registry = load_registry(ROOT / "cities", ROOT / "themes")
    return [name for name in registry.datasets if "theme=" not in address or name.endswith("/parking")]


def test_concepts_are_described_in_the_catalogue_itself(measuring: Api) -> None:
    graph = catalogue(measuring, "/catalog")
    concepts = set(graph.subjects(RDF.type, SKOS.Concept))
    assert len(concepts) > 12
    for concept in concepts:
        scheme = graph.value(concept, SKOS.inScheme)
        assert (scheme, RDF.type, SKOS.ConceptScheme) in graph
        assert graph.value(concept, SKOS.prefLabel) is not None


def test_every_shapes_set_of_catalogues_is_asked() -> None:
    found = {name for name in shapes_sets() if "dcat" in name}
    if not found:
        shapes_set("")
    assert found == CASES.keys()
