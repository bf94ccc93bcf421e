"""Shapes judge event streams, pages and documents of observations: LDES and TREE, OSLO Air & Water, SOSA, and our own.

The shapes of OSLO, SOSA and TREE are re-targeted or repaired copies, since the published ones fire at nothing or cannot
be loaded: passing them is no official statement of conformance. OSLO Observaties en Metingen (2022) is not among them:
its time of result is a node, that of OSLO Air & Water an `xsd:dateTime`, so that nothing can pass both.
"""

from collections.abc import Callable

import httpx
import pytest
from pyshacl import validate
from rdflib import RDF, SOSA, XSD, Dataset, Graph, Literal, Namespace, URIRef

from stadspuls.registry import Registry
from tests.conformance.serving import CLOSED
from tests.conformance.shapes import shapes_set

# rdflib's own use of names that it is about to give up.
pytestmark = pytest.mark.filterwarnings("ignore:(Dataset|ConjunctiveGraph):DeprecationWarning")

AIR = Namespace("https://purl.eu/ns/air-and-water/air#")
LDES = Namespace("https://w3id.org/ldes#")
OM = Namespace("http://def.isotc211.org/iso19156/2011/Observation#")
SCHEMA = Namespace("https://schema.org/")
TREE = Namespace("https://w3id.org/tree#")
DCT = Namespace("http://purl.org/dc/terms/")

OPEN = "2026-01-05T09:00:00Z"
NODES = tuple(
    f"/gent/{theme}/ldes{node}"
    for theme in ("parking", "air-quality")
    for node in ("", "/2026-01-05", f"/{CLOSED}", f"/{OPEN}")
)
MEMBERS = "/gent/{theme}/ldes/" + CLOSED
OBSERVATION = {
    "air-quality": "/gent/doc/observation/air-quality/station-1/no2/2026-01-05T06:01:00Z",
    "parking": "/gent/doc/observation/parking/P1/vacantSpaces/2026-01-05T06:01:00.000001Z",
}


def documents(theme: str) -> tuple[str, ...]:
    """Where observations of a theme are: in the event stream, in a page, in a document of its own."""
    return (MEMBERS.format(theme=theme), f"/gent/{theme}?page={CLOSED}", OBSERVATION[theme])


AIR_QUALITY, PARKING = documents("air-quality"), documents("parking")


def without(predicate: URIRef) -> Callable[[Graph], None]:
    def breakage(graph: Graph) -> None:
        graph.remove((None, predicate, None))

    return breakage


def with_members_that_are_text(graph: Graph) -> None:
    for stream, _, member in list(graph.triples((None, TREE.member, None))):
        graph.remove((stream, TREE.member, member))
        graph.add((stream, TREE.member, Literal(str(member))))


def with_dates_as_result_times(graph: Graph) -> None:
    for node, _, time in list(graph.triples((None, OM["OM_Observation.resultTime"], None))):
        graph.set((node, OM["OM_Observation.resultTime"], Literal(str(time)[:10], datatype=XSD.date)))


CASES: dict[str, tuple[tuple[str, ...], Callable[[Graph], None]]] = {
    "ldes-tree-node": (NODES, without(TREE.node)),
    "ldes-page-rules": (tuple(reversed(NODES)), with_members_that_are_text),
    "oslo-air-and-water-core": (AIR_QUALITY, with_dates_as_result_times),
    "oslo-air-and-water-air": (AIR_QUALITY, without(AIR["AirPollutantValueObservation.airPollutantValue"])),
    "ssn-sosa-2023": (AIR_QUALITY + PARKING, without(SOSA.resultTime)),
}
"""By shapes set: the documents it judges, and how the test breaks the first of them."""


def fetched(api: tuple[str, Registry], path: str) -> Graph:
    """A document as one graph, whatever named graphs it has."""
    answer = httpx.get(f"{api[0]}{path}", headers={"Accept": "application/n-quads"})
    assert answer.status_code == 200, answer.text
    dataset, graph = Dataset(), Graph()
    dataset.parse(data=answer.text, format="nquads")
    for subject, predicate, thing, _ in dataset.quads():
        graph.add((subject, predicate, thing))
    return graph


@pytest.mark.parametrize(
    ("name", "path"), [(name, path) for name, (paths, _) in CASES.items() for path in paths], ids=str
)
def test_nothing_is_wrong(api: tuple[str, Registry], name: str, path: str) -> None:
    assert shapes_set(name).refusals(fetched(api, path)) == ""


@pytest.mark.parametrize("name", CASES)
def test_a_broken_copy_is_refused(api: tuple[str, Registry], name: str) -> None:
    (path, *_), breakage = CASES[name]
    graph = fetched(api, path)
    before = set(graph)
    breakage(graph)
    assert set(graph) != before
    assert "Constraint Violation" in shapes_set(name).refusals(graph)


def refusals(api: tuple[str, Registry], graph: Graph) -> str:
    """What the shape that the stream names finds wrong with its members."""
    (shape,) = set(graph.objects(None, TREE.shape))
    answer = httpx.get(str(shape), headers={"Accept": "text/turtle"})
    conforms, _, text = validate(graph, shacl_graph=Graph().parse(data=answer.text, format="turtle"))
    return "" if conforms else str(text)


@pytest.mark.parametrize("theme", ["parking", "air-quality"])
def test_members_conform_to_the_shape_of_their_stream(api: tuple[str, Registry], theme: str) -> None:
    assert refusals(api, fetched(api, MEMBERS.format(theme=theme))) == ""


def another_value(graph: Graph, member: URIRef) -> None:
    graph.set((member, SOSA.hasSimpleResult, Literal("-99999.0", datatype=XSD.decimal)))


def another_unit(graph: Graph, member: URIRef) -> None:
    graph.set((member, SCHEMA.unitText, Literal("ppb")))


def another_property(graph: Graph, member: URIRef) -> None:
    graph.set((member, SOSA.observedProperty, URIRef("https://example.org/happiness")))


def no_series(graph: Graph, member: URIRef) -> None:
    graph.remove((member, DCT.isVersionOf, None))


def two_times_of_publication(graph: Graph, member: URIRef) -> None:
    graph.add((member, DCT.issued, Literal("2026-01-05T06:00:00Z", datatype=XSD.dateTime)))


def no_class(graph: Graph, member: URIRef) -> None:
    graph.remove((member, RDF.type, SOSA.Observation))


@pytest.mark.parametrize(
    "breakage", [another_value, another_unit, another_property, no_series, two_times_of_publication, no_class]
)
def test_a_broken_member_is_refused_by_the_shape_of_its_stream(
    api: tuple[str, Registry], breakage: Callable[[Graph, URIRef], None]
) -> None:
    graph = fetched(api, MEMBERS.format(theme="air-quality"))
    member = min(node for node in graph.objects(None, TREE.member) if isinstance(node, URIRef))
    breakage(graph, member)
    found = refusals(api, graph)
    assert str(member) in found
