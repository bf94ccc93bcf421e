"""What the document of a thing says."""

from collections.abc import Callable, Iterator

from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad

from apis.access import visible_datasets
from apis.documents.things import Thing
from apis.identifiers import Identifiers, city_iri, terms_base
from apis.pages.datasets import dataset_triples, publisher_triples
from apis.pages.observed import NO_UNIT, ObservedQuads
from apis.pages.properties import property_triples
from apis.pages.sites import site_triples
from apis.rdf.literals import decimal, texts
from apis.vocabulary import DCT, FOAF, GEO, OWL, RDF, RDFS, SCHEMA, SOSA
from stadspuls.model import Datastream
from stadspuls.registry import Dataset, Registry

Triples = Iterator[tuple[NamedNode, NamedNode, NamedNode | Literal]]


class Document:
    """The document of a thing, at its address."""

    def __init__(self, thing: Thing, address: str, registry: Registry, base_url: str) -> None:
        self._thing = thing
        self._address = NamedNode(address)
        self._registry = registry
        self._base_url = base_url

    @property
    def topic(self) -> NamedNode:
        """The identifier that the thing goes by, its own where it has one of somebody else's."""
        thing = self._thing
        if thing.dataset is None:
            return NamedNode(city_iri(thing.city, self._base_url))
        ids = Identifiers(thing.dataset, self._base_url)
        if thing.observation is not None:
            return NamedNode(ids.observation(thing.observation))
        named: dict[str, Callable[..., str]] = {
            "dataset": lambda: ids.dataset,
            "site": ids.site,
            "sensor": ids.sensor,
            "property": ids.observed_property,
            "datastream": ids.datastream,
        }
        return NamedNode(named[thing.kind](*thing.names))

    def quads(self) -> list[Quad]:
        """Every quad of the document."""
        graph, thing = DefaultGraph(), self._thing
        about = [Quad(*triple, graph) for triple in self._about()]
        if thing.dataset is None:
            return [*about, *(Quad(*triple, graph) for triple in self._city())]
        ids = Identifiers(thing.dataset, self._base_url)
        said: list[Quad] = []
        if thing.observation is not None:
            observed = ObservedQuads(thing.dataset, ids, self._base_url, as_versions=True)
            said += observed.observation(thing.observation, graph)
            said += (Quad(*triple, graph) for triple in observed.described())
            said += (Quad(*triple, graph) for triple in self._sites(thing.dataset, ids))
        else:
            said += (Quad(*triple, graph) for triple in self._of_kind(thing.dataset, ids))
        return list(dict.fromkeys((*about, *said)))

    def _about(self) -> Triples:
        yield self._address, RDF["type"], FOAF["Document"]
        yield self._address, FOAF["primaryTopic"], self.topic
        if self._thing.dataset is not None:
            yield self._address, DCT["license"], NamedNode(self._thing.dataset.licence)

    def _city(self) -> Triples:
        city, node = self._thing.city, self.topic
        yield node, RDF["type"], DCT["Location"]
        yield from ((node, RDFS["label"], name) for name in texts(city.names))
        yield node, GEO["lat"], decimal(city.latitude)
        yield node, GEO["long"], decimal(city.longitude)
        for dataset in visible_datasets(self._registry):
            if dataset.city is city:
                yield node, DCT["hasPart"], NamedNode(Identifiers(dataset, self._base_url).dataset)
        yield from publisher_triples(node, city, f"{node.value}#publisher")

    def _of_kind(self, dataset: Dataset, ids: Identifiers) -> Triples:
        kind, names = self._thing.kind, self._thing.names
        if kind == "dataset":
            yield NamedNode(ids.own_dataset), OWL["sameAs"], self.topic
            yield from dataset_triples(dataset, ids, self._base_url)
            yield self.topic, DCT["hasPart"], NamedNode(ids.stream)
            yield self.topic, DCT["spatial"], NamedNode(city_iri(dataset.city, self._base_url))
        elif kind == "site":
            yield self.topic, RDF["type"], SOSA["FeatureOfInterest"]
            yield from self._sites(dataset, ids)
        elif kind == "property":
            yield from property_triples(dataset, ids, names[0])
        else:
            yield from ObservedQuads(dataset, ids, self._base_url).sensor(self._thing.streams)
        for stream in self._thing.streams if kind != "property" else ():
            yield from self._datastream(stream, dataset, ids)

    def _sites(self, dataset: Dataset, ids: Identifiers) -> Triples:
        named = {stream.site for stream in self._thing.streams}
        if self._thing.kind == "site":
            named.add(self._thing.names[0])
        for site in dataset.sites.values():
            if site.id in named:
                yield from site_triples(dataset, site, ids)

    def _datastream(self, stream: Datastream, dataset: Dataset, ids: Identifiers) -> Triples:
        node, terms = NamedNode(ids.datastream(stream.sensor, stream.observed_property)), terms_base(self._base_url)
        yield node, RDF["type"], NamedNode(f"{terms}Datastream")
        yield node, RDFS["label"], Literal(f"{stream.sensor} {stream.observed_property}")
        yield node, DCT["isPartOf"], NamedNode(ids.dataset)
        yield node, SOSA["madeBySensor"], NamedNode(ids.sensor(stream.sensor))
        yield node, SOSA["hasFeatureOfInterest"], NamedNode(ids.site(stream.site))
        yield node, SOSA["observedProperty"], NamedNode(ids.observed_property(stream.observed_property))
        yield node, SOSA["usedProcedure"], NamedNode(terms + stream.procedure)
        yield node, NamedNode(f"{terms}origin"), NamedNode(terms + stream.origin)
        if stream.unit != NO_UNIT:
            yield node, SCHEMA["unitText"], Literal(stream.unit)
