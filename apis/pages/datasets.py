"""What a document says of its dataset."""

from collections.abc import Iterator

from pyoxigraph import Literal, NamedNode

from apis.identifiers import Identifiers, terms_base
from apis.pages.texts import ORIGIN_COMMENTS
from apis.rdf.literals import texts
from apis.vocabulary import CC, DCT, FOAF, RDF, RDFS, VOID
from stadspuls.registry import City, Dataset

Triples = Iterator[tuple[NamedNode, NamedNode, NamedNode | Literal]]


def dataset_triples(dataset: Dataset, ids: Identifiers, base_url: str) -> Triples:
    """Triples about a dataset: titles, licence, attribution, origin, publisher."""
    node, terms = NamedNode(ids.dataset), terms_base(base_url)
    yield node, RDF["type"], VOID["Dataset"]
    yield from ((node, RDFS["label"], title) for title in texts(dataset.titles))
    yield from ((node, DCT["title"], title) for title in texts(dataset.titles))
    yield from ((node, DCT["description"], text) for text in texts(dataset.descriptions))
    yield node, CC["license"], NamedNode(dataset.licence)
    yield node, DCT["license"], NamedNode(dataset.licence)
    yield from ((node, CC["attributionName"], name) for name in texts(dataset.attribution or {}))
    yield node, NamedNode(f"{terms}origin"), NamedNode(terms + dataset.origin)
    yield from ((node, RDFS["comment"], text) for text in texts(ORIGIN_COMMENTS[dataset.origin]))
    yield from publisher_triples(node, dataset.city, f"{ids.dataset}#publisher")


def publisher_triples(node: NamedNode, city: City, otherwise: str) -> Triples:
    """Who publishes `node`; `otherwise` is the agent's identifier where the city names none."""
    publisher = city.publisher
    agent = NamedNode(publisher.iri or otherwise)
    yield node, DCT["publisher"], agent
    yield agent, RDF["type"], FOAF["Agent"]
    yield from ((agent, FOAF["name"], name) for name in texts(publisher.names))
    if publisher.homepage:
        yield agent, FOAF["homepage"], NamedNode(publisher.homepage)
