"""Another RDF library (rdflib) reads the same quads from every form of a page, compared canonically."""

import httpx
import pytest
from rdflib import RDF, SOSA, Dataset, Graph
from rdflib.compare import graph_diff, isomorphic

from stadspuls.registry import Registry
from tests.conformance.serving import CLOSED

# rdflib's own use of names that it is about to give up.
pytestmark = pytest.mark.filterwarnings("ignore:(Dataset|ConjunctiveGraph):DeprecationWarning")

FORMS = {"trig": "trig", "nquads": "nquads", "jsonld": "json-ld"}
"""Those with named graphs: as we name them, as rdflib names them."""


def read(text: str, form: str) -> dict[str, Graph]:
    """By name: the graphs of a document; the default graph is called the empty text."""
    dataset = Dataset()
    dataset.parse(data=text, format=form)
    found: dict[str, Graph] = {}
    for subject, predicate, thing, name in dataset.quads():
        found.setdefault(str(name or ""), Graph()).add((subject, predicate, thing))
    return found


def same(one: dict[str, Graph], other: dict[str, Graph]) -> bool:
    """Whether both have the same graphs, up to the names of blank nodes."""
    return one.keys() == other.keys() and all(isomorphic(one[name], other[name]) for name in one)


def fetched(api: tuple[str, Registry], dataset: str, page: str, form: str) -> str:
    answer = httpx.get(f"{api[0]}/{dataset}?page={page}&format={form}")
    assert answer.status_code == 200
    return answer.text


PAGES = [
    (dataset, page)
    for dataset in ("gent/parking", "gent/air-quality", "kortrijk/parking", "vlaanderen/air-quality")
    for page in (CLOSED, "2026-01-05T09:00:00Z")
]


@pytest.mark.parametrize(("dataset", "page"), PAGES)
def test_forms_with_named_graphs_hold_the_same_quads(api: tuple[str, Registry], dataset: str, page: str) -> None:
    found = [read(fetched(api, dataset, page, form), name) for form, name in FORMS.items()]
    assert sum(len(graph) for graph in found[0].values()) > 50
    assert len(found[0]) > 3
    assert same(found[0], found[1])
    assert same(found[0], found[2])


def same_in_turtle(graphs: dict[str, Graph], turtle: Graph) -> bool:
    """Whether Turtle has the triples of all graphs, and beside them only which moment each plain value belongs to."""
    everything = Graph()
    for graph in graphs.values():
        everything += graph
    _, added, missing = graph_diff(turtle, everything)
    members = {member for _, _, member in turtle.triples((None, SOSA.hasMember, None))}
    said = (SOSA.hasFeatureOfInterest, SOSA.observedProperty, SOSA.hasSimpleResult)
    told = {
        (str(moment), *(turtle.value(member, each) for each in said))
        for moment, _, member in turtle.triples((None, SOSA.hasMember, None))
    }
    return not len(missing) and len(added) == 6 * len(members) and told == plain(graphs)


def plain(graphs: dict[str, Graph]) -> set[tuple[object, ...]]:
    """What moments say of things that are no nodes of their own: moment, site, property, value."""
    return {
        (name, subject, predicate, value)
        for name, graph in graphs.items()
        for subject, predicate, value in graph
        if "?time=" in name and (subject, RDF.type, None) not in graph
    }


@pytest.mark.parametrize(("dataset", "page"), PAGES)
def test_turtle_holds_the_same_triples_and_which_moment_plain_values_belong_to(
    api: tuple[str, Registry], dataset: str, page: str
) -> None:
    graphs = read(fetched(api, dataset, page, "trig"), "trig")
    turtle = fetched(api, dataset, page, "turtle")
    assert same_in_turtle(graphs, Graph().parse(data=turtle, format="turtle"))
    assert bool(plain(graphs)) == dataset.endswith("/parking")


@pytest.mark.parametrize("change", [('"12.5"', '"12.6"'), ("sosa:hasMember _:value1", "sosa:hasMember _:value2")])
def test_another_value_or_moment_in_turtle_would_be_found(api: tuple[str, Registry], change: tuple[str, str]) -> None:
    graphs = read(fetched(api, "gent/parking", CLOSED, "trig"), "trig")
    turtle = fetched(api, "gent/parking", CLOSED, "turtle")
    assert change[0] in turtle
    assert not same_in_turtle(graphs, Graph().parse(data=turtle.replace(*change, 1), format="turtle"))


@pytest.mark.parametrize(
    ("form", "change"),
    [
        ("nquads", ('"12.5"', '"12.6"')),
        ("jsonld", ("12.5", "12.6")),
        ("jsonld", ("http://vocab.datex.org/terms#", "http://vocab.datex.example/terms#")),
        ("nquads", ("?time=2026-01-05T06:01:00Z> .", "?time=2026-01-05T06:02:00Z> .")),
    ],
)
def test_another_value_term_or_graph_would_be_found(
    api: tuple[str, Registry], form: str, change: tuple[str, str]
) -> None:
    right = read(fetched(api, "gent/parking", CLOSED, "trig"), "trig")
    text = fetched(api, "gent/parking", CLOSED, form)
    assert change[0] in text
    assert not same(right, read(text.replace(*change), FORMS[form]))
