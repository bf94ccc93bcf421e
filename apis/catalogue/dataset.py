"""A dataset as catalogues describe it."""

from collections.abc import Sequence

from pyoxigraph import Literal, NamedNode

from apis.catalogue.agents import add_document
from apis.catalogue.concepts import (
    ACCESS_RIGHT,
    DATA_THEME,
    FREQUENCY,
    HVD_CATEGORY,
    MOBILITY_THEME,
    PUBLIC,
    add_concept,
)
from apis.catalogue.described import Described
from apis.catalogue.frequency import frequency
from apis.catalogue.graph import Graph
from apis.catalogue.places import add_places
from apis.catalogue.terms import DCAT, DCATAP, DCT, ELI, FOAF, MOBILITY, RDFS, XSD
from apis.identifiers import terms_base
from apis.pages.texts import ORIGIN_COMMENTS
from apis.rdf.literals import instant, texts
from stadspuls.model import Origin
from stadspuls.registry import Dataset, LangMap

HVD_REGULATION = "http://data.europa.eu/eli/reg_impl/2023/138/oj"
WGS84 = "http://www.opengis.net/def/crs/EPSG/0/4326"


def add_dataset(graph: Graph, described: Described, since: int | None) -> NamedNode:
    """The dataset's node, without its distributions; `since` is the first publication that the store still has."""
    dataset, iri = described.dataset, described.iri
    node = graph.node(iri, DCAT["Dataset"], DCAT["Resource"])
    graph.say(node, DCT["identifier"], Literal(iri))
    graph.tell(node, DCT["title"], dataset.titles)
    graph.tell(node, DCT["description"], description(dataset))
    graph.say(node, DCAT["keyword"], *(word for words in dataset.theme.catalogue.keywords for word in texts(words)))
    graph.say(node, DCT["publisher"], described.publisher)
    graph.say(node, DCAT["contactPoint"], described.contact)
    graph.say(node, DCT["accessRights"], add_concept(graph, PUBLIC, ACCESS_RIGHT))
    graph.say(node, DCT["accrualPeriodicity"], add_concept(graph, frequency(dataset), FREQUENCY))
    graph.say(node, DCT["conformsTo"], add_standard(graph, WGS84, "WGS 84 (EPSG:4326)"))
    graph.say(node, DCT["spatial"], *add_places(graph, dataset, iri))
    graph.say(node, DCAT["landingPage"], add_document(graph, f"{iri}?format=html"))
    graph.say(node, FOAF["page"], add_document(graph, f"{described.base_url}/docs"))
    _themes(graph, node, dataset)
    _times(graph, node, dataset, since)
    _provenance(graph, node, described)
    add_legislation(graph, node, described)
    return node


def description(dataset: Dataset) -> LangMap:
    """What the city says of the dataset, else the theme, else its title; where it is not measured, that too."""
    told = dataset.descriptions or dataset.theme.descriptions or dataset.titles
    if dataset.origin is Origin.MEASURED:
        return told
    return {
        language: f"{text} {ORIGIN_COMMENTS[dataset.origin].get(language, '')}".strip()
        for language, text in told.items()
    }


def is_high_value(dataset: Dataset) -> bool:
    """Whether it is a high-value dataset in the sense of the law, which knows no simulations."""
    return dataset.origin is Origin.MEASURED and bool(dataset.theme.catalogue.hvd_categories)


def add_legislation(graph: Graph, node: NamedNode, described: Described, *, categories: bool = True) -> None:
    """Which law a high-value dataset, its distributions and its services follow; and for the others its categories."""
    if not is_high_value(described.dataset):
        return
    law = graph.node(HVD_REGULATION, ELI["LegalResource"])
    graph.say(node, DCATAP["applicableLegislation"], law)
    if categories:
        hvd = described.dataset.theme.catalogue.hvd_categories
        graph.say(node, DCATAP["hvdCategory"], *(add_concept(graph, each, HVD_CATEGORY) for each in hvd))


def add_standard(graph: Graph, iri: str, title: str) -> NamedNode:
    """A published standard."""
    node = graph.node(iri, DCT["Standard"])
    graph.say(node, DCT["title"], Literal(title, language="en"))
    return node


def _themes(graph: Graph, node: NamedNode, dataset: Dataset) -> None:
    said = dataset.theme.catalogue
    if said.data_theme is not None:
        graph.say(node, DCAT["theme"], add_concept(graph, said.data_theme, DATA_THEME))
    themes: Sequence[NamedNode] = [add_concept(graph, each, MOBILITY_THEME) for each in said.mobility_themes]
    graph.say(node, MOBILITY["mobilityTheme"], *themes)


def _times(graph: Graph, node: NamedNode, dataset: Dataset, since: int | None) -> None:
    if dataset.issued is not None:
        graph.say(node, DCT["issued"], Literal(dataset.issued.isoformat(), datatype=XSD["date"]))
    if since is not None:
        period = graph.node(f"{node.value}#period", DCT["PeriodOfTime"])
        graph.say(period, DCAT["startDate"], instant(since))
        graph.say(node, DCT["temporal"], period)


def _provenance(graph: Graph, node: NamedNode, described: Described) -> None:
    dataset, terms = described.dataset, terms_base(described.base_url)
    statement = graph.node(f"{described.catalogue}#{dataset.origin}", DCT["ProvenanceStatement"])
    graph.tell(statement, RDFS["label"], ORIGIN_COMMENTS[dataset.origin])
    graph.say(node, DCT["provenance"], statement)
    graph.say(node, NamedNode(f"{terms}origin"), NamedNode(terms + dataset.origin))
    if dataset.attribution:
        source = graph.node(f"{node.value}#source", DCT["ProvenanceStatement"])
        graph.tell(source, RDFS["label"], dataset.attribution)
        graph.say(node, DCT["provenance"], source)
