"""A distribution of a dataset: one form of what is found at one address."""

from dataclasses import dataclass

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
from apis.catalogue.media import IANA, LDES, MEDIA
from apis.catalogue.offers import Offer
from apis.catalogue.terms import DCAT, DCT, MOBILITY, RDFS, XSD
from apis.catalogue.texts import OFFERS, RIGHTS
from apis.negotiation import Format
from apis.pages.texts import ORIGIN_COMMENTS
from stadspuls.model import Origin
from stadspuls.registry import LangMap

STREAM = "text/event-stream"


@dataclass(frozen=True)
class Distribution:
    """What is said of a distribution; `name` tells it from others of the dataset."""

    name: str
    titles: LangMap
    address: str
    media_type: str
    is_datex: bool = False
    is_event_stream: bool = False
    compressed: str | None = None
    """Media type of what the file is compressed with."""
    size: int | None = None
    """In bytes, of a file that never changes."""


def of_offer(offer: Offer, dataset: str) -> Distribution:
    """The distribution that an offer is, by the dataset's address."""
    return Distribution(
        offer.name,
        offer_title(offer),
        offer.address(dataset),
        offer.media_type,
        is_datex=offer.form is Format.DATEX2,
        is_event_stream=offer.path == "/ldes",
    )


def offer_title(offer: Offer) -> LangMap:
    """What it is, and in which form."""
    names = OFFERS.get(offer.path, {"en": offer.path.strip("/")})
    return {language: f"{name} ({MEDIA[offer.media_type].name})" for language, name in names.items()}


def add_distribution(graph: Graph, described: Described, told: Distribution, service: NamedNode) -> NamedNode:
    """The distribution's node; `service` is through which it is had."""
    iri = f"{described.iri}#{told.name}"
    node = graph.node(iri, DCAT["Distribution"])
    graph.say(node, DCT["identifier"], Literal(iri))
    graph.tell(node, DCT["title"], told.titles)
    if described.dataset.origin is not Origin.MEASURED:
        graph.tell(node, DCT["description"], ORIGIN_COMMENTS[described.dataset.origin])
    graph.say(node, DCAT["accessURL"], graph.node(told.address, RDFS["Resource"]))
    if told.media_type != STREAM:
        graph.say(node, DCAT["downloadURL"], NamedNode(told.address))
    graph.say(node, DCT["license"], add_licence(graph, described.dataset.licence))
    graph.say(node, DCT["rights"], _rights(graph, described))
    graph.say(node, DCAT["accessService"], service)
    _add_form(graph, node, told)
    if described.dataset.theme.catalogue.mobility_themes:
        standard = DATEX_II if told.is_datex else OTHER_STANDARD
        graph.say(node, MOBILITY["mobilityDataStandard"], add_concept(graph, standard, DATA_STANDARD))
    add_legislation(graph, node, described, categories=False)
    return node


def _add_form(graph: Graph, node: NamedNode, told: Distribution) -> None:
    medium = MEDIA[told.media_type]
    graph.say(node, DCT["format"], add_concept(graph, medium.concept, FILE_TYPE))
    graph.say(node, DCAT["mediaType"], graph.node(IANA + told.media_type, DCT["MediaType"]))
    if told.compressed is not None:
        graph.say(node, DCAT["compressFormat"], graph.node(IANA + told.compressed, DCT["MediaType"]))
    if told.size is not None:
        graph.say(node, DCAT["byteSize"], Literal(str(told.size), datatype=XSD["nonNegativeInteger"]))
    for standard in (medium.standard, LDES if told.is_event_stream else None):
        if standard is not None:
            graph.say(node, DCT["conformsTo"], add_standard(graph, standard.iri, standard.title))


def add_licence(graph: Graph, iri: str) -> NamedNode:
    """A licence."""
    return graph.node(iri, DCT["LicenseDocument"])


def _rights(graph: Graph, described: Described) -> NamedNode:
    node = graph.node(f"{described.catalogue}#rights", DCT["RightsStatement"])
    graph.tell(node, RDFS["label"], RIGHTS)
    graph.say(node, DCT["type"], add_concept(graph, LICENCE_PROVIDED, CONDITIONS))
    return node
