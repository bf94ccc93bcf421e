"""Who publishes, and whom to ask."""

from pyoxigraph import Literal, NamedNode

from apis.catalogue.graph import Graph
from apis.catalogue.terms import DCT, FOAF, RDFS, VCARD
from stadspuls.registry import City, LangMap
from stadspuls.settings import Settings


def add_city(graph: Graph, city: City, base_url: str) -> tuple[NamedNode, NamedNode]:
    """A city's publisher and its contact; who gives no way to be asked is asked at the publisher's homepage."""
    catalogue = f"{base_url}/{city.slug}/catalog"
    publisher, contact = city.publisher, city.contact
    page = contact.page or publisher.homepage or f"{base_url}/"
    return (
        _agent(graph, publisher.iri or f"{catalogue}#publisher", publisher.names, publisher.homepage),
        _contact(graph, f"{catalogue}#contact", contact.name, contact.email, page),
    )


def add_operator(graph: Graph, settings: Settings) -> tuple[NamedNode, NamedNode]:
    """Who runs the platform: publisher of the catalogue of all cities, and its contact."""
    base = settings.base_url
    names = {"nl": settings.operator_name}
    return (
        _agent(graph, f"{base}/catalog#publisher", names, f"{base}/"),
        _contact(graph, f"{base}/catalog#contact", settings.operator_name, settings.operator_email, f"{base}/"),
    )


def _agent(graph: Graph, iri: str, names: LangMap, homepage: str | None) -> NamedNode:
    # DCAT-AP asks for a foaf:Agent, DCAT-AP-VL for a dct:Agent.
    node = graph.node(iri, FOAF["Agent"], DCT["Agent"])
    graph.tell(node, FOAF["name"], names)
    if homepage:
        graph.say(node, FOAF["homepage"], add_document(graph, homepage))
    return node


def _contact(graph: Graph, iri: str, name: str, email: str | None, page: str) -> NamedNode:
    node = graph.node(iri, VCARD["Kind"])
    graph.say(node, VCARD["fn"], Literal(name))
    if email:
        graph.say(node, VCARD["hasEmail"], graph.node(f"mailto:{email}", RDFS["Resource"]))
    # DCAT-AP looks for vcard:hasURL, DCAT-AP-VL for foaf:page.
    graph.say(node, VCARD["hasURL"], graph.node(page, RDFS["Resource"]))
    graph.say(node, FOAF["page"], add_document(graph, page))
    return node


def add_document(graph: Graph, address: str) -> NamedNode:
    """A page of the web."""
    return graph.node(address, FOAF["Document"])
