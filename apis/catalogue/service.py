"""The data services of a dataset: where it is asked, followed live, and replicated from."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from pyoxigraph import Literal, NamedNode

from apis.access import gives_observations
from apis.catalogue.agents import add_document
from apis.catalogue.concepts import ACCESS_RIGHT, PUBLIC, add_concept
from apis.catalogue.dataset import add_legislation, add_standard
from apis.catalogue.described import Described
from apis.catalogue.distribution import add_licence
from apis.catalogue.graph import Graph
from apis.catalogue.media import LDES, MEDIA, Standard
from apis.catalogue.terms import DCAT, DCT, FOAF, RDFS
from apis.catalogue.texts import SERVICES, filled
from stadspuls.settings import Settings

OPENAPI, ASYNCAPI = "/openapi.json", "/asyncapi.json"


@dataclass(frozen=True)
class Service:
    """A way to a dataset: its kind, its address, and where it is described."""

    kind: str
    endpoint: str
    description: str
    standard: Standard | None = None


def services_of(described: Described, paths: Collection[str], settings: Settings) -> Iterator[Service]:
    """The services of a dataset; `paths` are what follows its address, `""` itself."""
    base, iri = described.base_url, described.iri
    if not gives_observations(described.dataset):
        # The address of such a dataset itself answers only a browser.
        yield Service("api", f"{base}/", f"{base}{OPENAPI}")
        return
    yield Service("api", iri, f"{base}{OPENAPI}")
    live = f"{base}{ASYNCAPI}"
    if "/events" in paths:
        yield Service("events", f"{iri}/events", live, MEDIA["text/event-stream"].standard)
    yield Service(
        "websocket",
        f"ws{base.removeprefix('http')}/ws",
        live,
        Standard("https://www.rfc-editor.org/rfc/rfc6455", "The WebSocket Protocol"),
    )
    if settings.open_mqtt_url:
        yield Service(
            "mqtt", settings.open_mqtt_url, live, Standard("https://docs.oasis-open.org/mqtt/mqtt/v5.0/", "MQTT 5.0")
        )
    if "/ldes" in paths:
        yield Service("ldes", f"{iri}/ldes", f"{base}{OPENAPI}", LDES)


def add_service(graph: Graph, described: Described, service: Service, dataset: NamedNode) -> NamedNode:
    """The service's node."""
    iri = f"{described.iri}#service-{service.kind}"
    node = graph.node(iri, DCAT["DataService"], DCAT["Resource"])
    graph.say(node, DCT["identifier"], Literal(iri))
    graph.tell(node, DCT["title"], filled(SERVICES[service.kind], title=described.dataset.titles))
    graph.say(node, DCAT["endpointURL"], graph.node(service.endpoint, RDFS["Resource"]))
    graph.say(node, DCAT["endpointDescription"], graph.node(service.description, RDFS["Resource"]))
    graph.say(node, DCAT["servesDataset"], dataset)
    graph.say(node, DCT["publisher"], described.publisher)
    graph.say(node, DCAT["contactPoint"], described.contact)
    graph.say(node, DCT["accessRights"], add_concept(graph, PUBLIC, ACCESS_RIGHT))
    graph.say(node, DCT["license"], add_licence(graph, described.dataset.licence))
    graph.say(node, FOAF["page"], add_document(graph, f"{described.base_url}/docs"))
    if service.standard is not None:
        graph.say(node, DCT["conformsTo"], add_standard(graph, service.standard.iri, service.standard.title))
    add_legislation(graph, node, described)
    return node
