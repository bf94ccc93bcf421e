"""The catalogue itself: of all cities, or of one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pyoxigraph import Literal, NamedNode, Triple

from apis.archive.shelf import Entry
from apis.catalogue.agents import add_city, add_document, add_operator
from apis.catalogue.archived import of_files
from apis.catalogue.concepts import DATA_THEME, LANGUAGE, LANGUAGES, add_concept, add_scheme
from apis.catalogue.dataset import add_dataset, add_standard
from apis.catalogue.described import Described
from apis.catalogue.distribution import add_distribution, add_licence, of_offer
from apis.catalogue.graph import Graph
from apis.catalogue.offers import Offer, offered
from apis.catalogue.places import add_areas
from apis.catalogue.service import add_service, services_of
from apis.catalogue.terms import DCAT, DCT, FOAF
from apis.catalogue.texts import ALL_DESCRIPTION, ALL_TITLE, CITY_DESCRIPTION, CITY_TITLE, filled
from apis.rdf.literals import instant
from stadspuls.registry import City, Dataset
from stadspuls.settings import Settings

CC0 = "https://data.vlaanderen.be/id/licentie/creative-commons-zero-verklaring/v1.0"
"""Of the catalogue, as DCAT-AP-VL asks; every dataset has its own."""
ARCHIVE = "/archive/"
"""What follows the address of a dataset where its archive is."""
PROFILE = (
    "https://data.vlaanderen.be/doc/applicatieprofiel/DCAT-AP-VL/erkendestandaard/2026-02-12",
    "DCAT-AP-VL 3.0",
)


@dataclass(frozen=True, kw_only=True)
class Content:
    """What a catalogue is made from.

    Attributes:
        settings: For the public address, the operator, the public MQTT broker.
        city: Whose catalogue it is; None for all cities together.
        datasets: What is in it.
        offers: Everything that the application offers of a dataset.
        since: By dataset, when the oldest was published that the store still has; unknown ones are absent.
        archived: By dataset, the newest files of its archive; those without any are absent.
        changed: When the descriptions last changed.
    """

    settings: Settings
    city: City | None
    datasets: Sequence[Dataset]
    offers: Sequence[Offer]
    since: Mapping[str, int]
    archived: Mapping[str, Sequence[Entry]]
    changed: int

    @property
    def iri(self) -> str:
        """The catalogue's identifier, which is its address."""
        base = self.settings.base_url
        return f"{base}/{self.city.slug}/catalog" if self.city else f"{base}/catalog"


def catalogue_triples(content: Content) -> list[Triple]:
    """The catalogue, with everything that profiles want to find in the same document."""
    graph = Graph()
    node = _catalogue(graph, content)
    for dataset in content.datasets:
        _add(graph, content, node, dataset)
    return list(graph.triples())


def _catalogue(graph: Graph, content: Content) -> NamedNode:
    node = graph.node(content.iri, DCAT["Catalog"])
    city, base = content.city, content.settings.base_url
    publisher, contact = add_city(graph, city, base) if city else add_operator(graph, content.settings)
    graph.say(node, DCT["identifier"], Literal(content.iri))
    graph.tell(node, DCT["title"], filled(CITY_TITLE, city=city.names) if city else ALL_TITLE)
    graph.tell(node, DCT["description"], filled(CITY_DESCRIPTION, city=city.names) if city else ALL_DESCRIPTION)
    graph.say(node, DCT["publisher"], publisher)
    graph.say(node, DCAT["contactPoint"], contact)
    graph.say(node, FOAF["homepage"], add_document(graph, f"{base}/"))
    graph.say(node, DCT["license"], add_licence(graph, CC0))
    graph.say(node, DCT["language"], *(add_concept(graph, language, LANGUAGE) for language in LANGUAGES))
    graph.say(node, DCT["spatial"], *add_areas(graph, city))
    graph.say(node, DCAT["themeTaxonomy"], add_scheme(graph, DATA_THEME))
    if content.changed:
        graph.say(node, DCT["modified"], instant(content.changed))
    return node


def _add(graph: Graph, content: Content, catalogue: NamedNode, dataset: Dataset) -> None:
    base = content.settings.base_url
    publisher, contact = add_city(graph, dataset.city, base)
    described = Described(dataset, f"{base}/{dataset.name}", base, content.iri, publisher, contact)
    node = add_dataset(graph, described, content.since.get(dataset.name))
    graph.say(catalogue, DCAT["dataset"], node)
    graph.say(catalogue, DCAT["record"], _record(graph, content, dataset, node))
    offers = offered(content.offers, dataset)
    services = {
        service.kind: add_service(graph, described, service, node)
        for service in services_of(described, {offer.path for offer in offers}, content.settings)
    }
    graph.say(catalogue, DCAT["service"], *services.values())
    for offer in offers:
        service = services.get(offer.path.strip("/"), services["api"])
        told = of_offer(offer, described.iri)
        graph.say(node, DCAT["distribution"], add_distribution(graph, described, told, service))
    if any(offer.path == ARCHIVE for offer in offers):
        for file in of_files(content.archived.get(dataset.name, ()), described.iri):
            graph.say(node, DCAT["distribution"], add_distribution(graph, described, file, services["api"]))


def _record(graph: Graph, content: Content, dataset: Dataset, topic: NamedNode) -> NamedNode:
    iri = f"{content.iri}#record-{dataset.city.slug}-{dataset.theme.slug}"
    node = graph.node(iri, DCAT["CatalogRecord"])
    graph.say(node, DCT["identifier"], Literal(iri))
    graph.say(node, FOAF["primaryTopic"], topic)
    # The files say when they last changed, and not since when they are there: DCAT-AP asks for the first, and
    # mobilityDCAT-AP for both.
    graph.say(node, DCT["modified"], instant(content.changed))
    graph.say(node, DCT["created"], instant(content.changed))
    graph.say(node, DCT["language"], *(add_concept(graph, language, LANGUAGE) for language in LANGUAGES))
    graph.say(node, DCT["conformsTo"], add_standard(graph, *PROFILE))
    return node
