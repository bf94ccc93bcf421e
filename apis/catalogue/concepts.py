"""Concepts of controlled vocabularies, which profiles want typed, labelled and in their scheme within the catalogue.

The EU's authority tables and mobilityDCAT-AP's vocabularies hold many more; here are those that are used.
"""

from dataclasses import dataclass

from pyoxigraph import Literal, NamedNode

from apis.catalogue.graph import Graph
from apis.catalogue.terms import DCT, MOBILITY, SKOS
from stadspuls.registry import Concept, LangMap

EU = "http://publications.europa.eu/resource/authority/"
MOBILITY_BASE = "https://w3id.org/mobilitydcat-ap/"


@dataclass(frozen=True)
class Scheme:
    """A controlled vocabulary: its identifier, its English title, and what its concepts are besides concepts."""

    iri: str
    title: str
    kinds: tuple[NamedNode, ...] = ()


ACCESS_RIGHT = Scheme(f"{EU}access-right", "Access right", (DCT["RightsStatement"],))
COUNTRY = Scheme(f"{EU}country", "Country", (DCT["Location"],))
DATA_THEME = Scheme(f"{EU}data-theme", "Data theme")
FILE_TYPE = Scheme(f"{EU}file-type", "File type", (DCT["MediaTypeOrExtent"],))
FREQUENCY = Scheme(f"{EU}frequency", "Frequency", (DCT["Frequency"],))
LANGUAGE = Scheme(f"{EU}language", "Language", (DCT["LinguisticSystem"],))
HVD_CATEGORY = Scheme("http://data.europa.eu/bna/asd487ae75", "High-value dataset categories")
CONDITIONS = Scheme(f"{MOBILITY_BASE}conditions-for-access-and-usage", "Conditions for access and usage")
DATA_STANDARD = Scheme(
    f"{MOBILITY_BASE}mobility-data-standard", "Mobility data standard", (MOBILITY["MobilityDataStandard"],)
)
MOBILITY_THEME = Scheme(f"{MOBILITY_BASE}mobility-theme", "Mobility theme")


def _of(scheme: Scheme, name: str, names: LangMap) -> Concept:
    return Concept(iri=f"{scheme.iri}/{name}", names=names)


PUBLIC = _of(ACCESS_RIGHT, "PUBLIC", {"nl": "publiek", "en": "public", "fr": "public"})
BELGIUM = _of(COUNTRY, "BEL", {"nl": "België", "en": "Belgium", "fr": "Belgique"})
LICENCE_PROVIDED = _of(CONDITIONS, "licence-provided", {"en": "Licence provided"})
DATEX_II = _of(DATA_STANDARD, "datex-II", {"en": "DATEX II"})
OTHER_STANDARD = _of(DATA_STANDARD, "other", {"en": "Other"})
LANGUAGES = (
    _of(LANGUAGE, "NLD", {"nl": "Nederlands", "en": "Dutch", "fr": "néerlandais"}),
    _of(LANGUAGE, "ENG", {"nl": "Engels", "en": "English", "fr": "anglais"}),
    _of(LANGUAGE, "FRA", {"nl": "Frans", "en": "French", "fr": "français"}),
)
"""What the catalogue itself is written in."""
CONTINUOUS = _of(FREQUENCY, "UPDATE_CONT", {"nl": "voortdurend", "en": "continuously updated", "fr": "en continu"})


def add_concept(graph: Graph, concept: Concept, scheme: Scheme) -> NamedNode:
    """The concept's node, with what profiles want to know of it."""
    node = graph.node(concept.iri, SKOS["Concept"], *scheme.kinds)
    graph.tell(node, SKOS["prefLabel"], concept.names)
    graph.say(node, SKOS["inScheme"], add_scheme(graph, scheme))
    return node


def add_scheme(graph: Graph, scheme: Scheme) -> NamedNode:
    """The scheme's node, with its title."""
    node = graph.node(scheme.iri, SKOS["ConceptScheme"])
    graph.say(node, DCT["title"], Literal(scheme.title, language="en"))
    return node
