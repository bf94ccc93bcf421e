"""The distributions of a dataset: one for each form of each address."""

from pyoxigraph import Literal, NamedNode

from apis.catalogue.concepts import (
    CONDITIONS,
    DATA_STANDARD,
    DATEX_II,
    FILE_TYPE,
    LICENCE_PROVIDED,
    OTHER_STANDARD,
    add_concept,
)
from apis.catalogue.dataset import add_legislation, add_standard
from apis.catalogue.described import Described
from apis.catalogue.graph import Graph
from apis.catalogue.media import IANA, MEDIA
from apis.catalogue.offers import Offer
from apis.catalogue.terms import DCAT, DCT, MOBILITY, RDFS
from apis.catalogue.texts import OFFERS, ORIGINS, RIGHTS
from apis.negotiation import Format
from stadspuls.model import Origin
from stadspuls.registry import LangMap

STREAM = "text/event-stream"


def add_distribution(graph: Graph, described: Described, offer: Offer, service: NamedNode) -> NamedNode:
    """The node of an offer; `service` is through which it is had."""
    medium, dataset = MEDIA[offer.media_type], described.dataset
    iri, address = f"{described.iri}#{offer.name}", offer.address(described.iri)
    node = graph.node(iri, DCAT["Distribution"])
    graph.say(node, DCT["identifier"], Literal(iri))
    graph.tell(node, DCT["title"], distribution_title(offer))
    if dataset.origin is not Origin.MEASURED:
        graph.tell(node, DCT["description"], ORIGINS[dataset.origin])
    graph.say(node, DCAT["accessURL"], graph.node(address, RDFS["Resource"]))
    if offer.media_type != STREAM:
        graph.say(node, DCAT["downloadURL"], NamedNode(address))
    graph.say(node, DCT["format"], add_concept(graph, medium.concept, FILE_TYPE))
    graph.say(node, DCAT["mediaType"], graph.node(IANA + offer.media_type, DCT["MediaType"]))
    graph.say(node, DCT["license"], add_licence(graph, dataset.licence))
    graph.say(node, DCT["rights"], _rights(graph, described))
    graph.say(node, DCAT["accessService"], service)
    if medium.standard is not None:
        graph.say(node, DCT["conformsTo"], add_standard(graph, medium.standard.iri, medium.standard.title))
    if dataset.theme.catalogue.mobility_themes:
        standard = DATEX_II if offer.form is Format.DATEX2 else OTHER_STANDARD
        graph.say(node, MOBILITY["mobilityDataStandard"], add_concept(graph, standard, DATA_STANDARD))
    add_legislation(graph, node, described, categories=False)
    return node


def distribution_title(offer: Offer) -> LangMap:
    """What it is, and in which form."""
    names = OFFERS.get(offer.path, {"en": offer.path.strip("/")})
    return {language: f"{name} ({MEDIA[offer.media_type].name})" for language, name in names.items()}


def add_licence(graph: Graph, iri: str) -> NamedNode:
    """A licence."""
    return graph.node(iri, DCT["LicenseDocument"])


def _rights(graph: Graph, described: Described) -> NamedNode:
    node = graph.node(f"{described.catalogue}#rights", DCT["RightsStatement"])
    graph.tell(node, RDFS["label"], RIGHTS)
    graph.say(node, DCT["type"], add_concept(graph, LICENCE_PROVIDED, CONDITIONS))
    return node
