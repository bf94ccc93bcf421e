"""What a dataset's document says of an observed property."""

from collections.abc import Iterator

from pyoxigraph import Literal, NamedNode

from apis.identifiers import Identifiers
from apis.pages import oslo
from apis.rdf.literals import texts
from apis.vocabulary import DCT, OWL, QUDT, RDF, RDFS, SOSA
from stadspuls.registry import Dataset


def property_triples(
    dataset: Dataset, ids: Identifiers, name: str
) -> Iterator[tuple[NamedNode, NamedNode, NamedNode | Literal]]:
    """Triples about a property, also one that the theme no longer has."""
    node, own = NamedNode(ids.observed_property(name)), NamedNode(ids.own_property(name))
    kinds = [SOSA["ObservableProperty"], SOSA["Property"]]
    if oslo.follows(dataset.theme):
        kinds += oslo.PROPERTY
    yield from ((node, RDF["type"], kind) for kind in kinds)
    if node != own:
        yield node, OWL["sameAs"], own
    found = dataset.theme.properties.get(name)
    if found is None:
        return
    if found.class_iri:
        yield node, RDF["type"], NamedNode(found.class_iri)
    yield from ((node, RDFS["label"], label) for label in texts(found.names))
    yield from ((node, DCT["description"], text) for text in texts(found.descriptions))
    if found.quantity_kind:
        yield node, QUDT["hasQuantityKind"], NamedNode(found.quantity_kind)
    if found.unit_iri:
        yield node, QUDT["hasUnit"], NamedNode(found.unit_iri)
