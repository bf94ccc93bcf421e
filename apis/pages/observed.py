"""Observations with SOSA terms and those of their theme's profile, and what they refer to."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad

from apis.data.entries import plain_value
from apis.identifiers import Identifiers, terms_base
from apis.pages import oslo
from apis.pages.properties import property_triples
from apis.pages.times import TimeQuads
from apis.rdf.literals import decimal, instant, result
from apis.vocabulary import DCT, QUDT, RDF, SCHEMA, SOSA, SSN, UOM
from stadspuls.model import Datastream, Observation, Procedure, Quality, Value
from stadspuls.registry import Dataset

NO_UNIT = "1"
"""UCUM's unit of counts, booleans and texts; not said."""

Graph = NamedNode | DefaultGraph
Node = NamedNode | BlankNode
Triples = Iterator[tuple[NamedNode, NamedNode, NamedNode | Literal]]


@dataclass(frozen=True)
class _Series:
    """What all observations of a datastream have in common."""

    site: NamedNode
    said: Sequence[tuple[NamedNode, NamedNode | Literal]]
    results: Sequence[NamedNode]
    """Properties that lead to the result as a quantity; none where there is none."""
    unit_iri: NamedNode | None
    predicate: NamedNode | None
    """Says the value in the theme's own terms; None where nothing does."""


class ObservedQuads:
    """Writes observations as quads, and remembers which sensors and properties must be described."""

    def __init__(self, dataset: Dataset, ids: Identifiers, base_url: str, *, as_versions: bool = False) -> None:
        """`as_versions`: each also says what series it belongs to, and its value by the theme's predicate."""
        self._as_versions = as_versions
        self._dataset = dataset
        self._ids = ids
        self._terms = terms_base(base_url)
        self._oslo = oslo.follows(dataset.theme)
        self._times = TimeQuads(dataset, ids, self._oslo)
        self._series: dict[Datastream, _Series] = {}
        self._observed: dict[NamedNode, NamedNode] = {}
        self._quantities = 0

    def observation(self, o: Observation, graph: Graph) -> Iterator[Quad]:
        """Everything about one observation, in a graph."""
        series = self._series.get(o.datastream) or self._new_series(o.datastream)
        node = NamedNode(self._ids.observation(o))
        self._observed.setdefault(series.site, node)
        for predicate, thing in series.said:
            yield Quad(node, predicate, thing, graph)
        yield Quad(node, SOSA["hasSimpleResult"], result(o.value), graph)
        time, described = self._times.phenomenon_time(o, graph)
        yield Quad(node, SOSA["phenomenonTime"], time, graph)
        yield Quad(node, SOSA["resultTime"], instant(o.observed_at), graph)
        yield Quad(node, DCT["issued"], instant(o.published_at), graph)
        if self._oslo:
            yield Quad(node, oslo.PHENOMENON_TIME, time, graph)
            yield Quad(node, oslo.RESULT_TIME, instant(o.observed_at), graph)
        yield from self._caveats(o, node, graph)
        if series.predicate is not None:
            yield Quad(node, series.predicate, _whole(o.value), graph)
        if series.results and isinstance(o.value, float):
            yield from self._quantity(o, o.value, series, node, graph)
        yield from described

    def described(self) -> Triples:
        """Triples about the sensors, sites, procedures and properties of the observations so far."""
        streams = sorted(self._series, key=lambda each: (each.sensor, each.observed_property, each.site))
        for _, some in groupby(streams, key=lambda each: each.sensor):
            yield from self.sensor(list(some))
        for site, first in sorted(self._observed.items(), key=lambda each: each[0].value):
            yield site, RDF["type"], SOSA["FeatureOfInterest"]
            yield from ((site, RDF["type"], kind) for kind in (oslo.FEATURE if self._oslo else ()))
            yield site, SOSA["isFeatureOfInterestOf"], first
        for procedure in sorted({stream.procedure for stream in streams}):
            yield from self._procedure(procedure)
        for name in sorted({stream.observed_property for stream in streams}):
            yield from property_triples(self._dataset, self._ids, name)

    def sensor(self, streams: Sequence[Datastream]) -> Triples:
        """Triples about a sensor, by its datastreams."""
        node = NamedNode(self._ids.sensor(streams[0].sensor))
        yield node, RDF["type"], SOSA["Sensor"]
        for site in sorted({stream.site for stream in streams}):
            yield node, SOSA["isHostedBy"], NamedNode(self._ids.site(site))
        for name in sorted({stream.observed_property for stream in streams}):
            yield node, SOSA["observes"], NamedNode(self._ids.observed_property(name))
        for procedure in sorted({stream.procedure for stream in streams}):
            yield node, SSN["implements"], NamedNode(self._terms + procedure)

    def _new_series(self, stream: Datastream) -> _Series:
        """Known from now on, so that it is described."""
        observed = self._dataset.theme.properties.get(stream.observed_property)
        site = NamedNode(self._ids.site(stream.site))
        has_quantity = self._oslo or stream.unit != NO_UNIT
        pollutant = observed is not None and oslo.is_pollutant(observed)
        more = tuple(oslo.result_properties(pollutant)) if self._oslo else ()
        found = self._series[stream] = _Series(
            site,
            list(self._said(stream, site, pollutant)),
            (SOSA["hasResult"], *more) if has_quantity else (),
            NamedNode(observed.unit_iri) if observed and observed.unit_iri else None,
            NamedNode(observed.predicate) if self._as_versions and observed and observed.predicate else None,
        )
        return found

    def _said(
        self, stream: Datastream, site: NamedNode, pollutant: bool
    ) -> Iterator[tuple[NamedNode, NamedNode | Literal]]:
        observed_property = NamedNode(self._ids.observed_property(stream.observed_property))
        yield RDF["type"], SOSA["Observation"]
        yield SOSA["madeBySensor"], NamedNode(self._ids.sensor(stream.sensor))
        yield SOSA["hasFeatureOfInterest"], site
        yield SOSA["observedProperty"], observed_property
        yield SOSA["usedProcedure"], NamedNode(self._terms + stream.procedure)
        if self._oslo:
            yield from oslo.of_series(site, observed_property, pollutant)
        if self._as_versions:
            yield DCT["isVersionOf"], NamedNode(self._ids.datastream(stream.sensor, stream.observed_property))
        if stream.unit != NO_UNIT:
            yield SCHEMA["unitText"], Literal(stream.unit)

    def _quantity(self, o: Observation, value: float, series: _Series, node: NamedNode, graph: Graph) -> Iterator[Quad]:
        """The result with its unit in UCUM and QUDT: blank nodes, so that it goes wherever `node` goes."""
        self._quantities += 1
        quantity = BlankNode(f"quantity{self._quantities}")
        number = decimal(value)
        for predicate in series.results:
            yield Quad(node, predicate, quantity, graph)
        for kind in (QUDT["QuantityValue"], *(oslo.MEASURE if self._oslo else ())):
            yield Quad(quantity, RDF["type"], kind, graph)
        yield Quad(quantity, QUDT["numericValue"], number, graph)
        if series.unit_iri is not None:
            yield Quad(quantity, QUDT["hasUnit"], series.unit_iri, graph)
        measured: Node = quantity
        if self._oslo:
            measured = BlankNode(f"measured{self._quantities}")
            yield Quad(quantity, UOM["Measure.value"], measured, graph)
        yield Quad(measured, RDF["type"], SCHEMA["QuantitativeValue"], graph)
        yield Quad(measured, SCHEMA["value"], number, graph)
        yield Quad(measured, SCHEMA["unitText"], Literal(o.datastream.unit), graph)

    def _procedure(self, procedure: Procedure) -> Triples:
        node = NamedNode(self._terms + procedure)
        kinds = (SOSA["Procedure"], SOSA["ObservingProcedure"], *(oslo.PROCEDURE if self._oslo else ()))
        yield from ((node, RDF["type"], kind) for kind in kinds)

    def _caveats(self, o: Observation, node: NamedNode, graph: Graph) -> Iterator[Quad]:
        """What keeps a value from being taken as it is: quality, or another origin than its dataset's."""
        if o.quality is not Quality.GOOD:
            yield Quad(node, NamedNode(f"{self._terms}quality"), NamedNode(self._terms + o.quality), graph)
        for name, value in (("test", o.test), ("known", o.known), ("capacity", o.capacity)):
            if value is not None:
                yield Quad(node, NamedNode(self._terms + name), Literal(value), graph)
        if o.datastream.origin is not self._dataset.origin:
            origin = NamedNode(self._terms + o.datastream.origin)
            yield Quad(node, NamedNode(f"{self._terms}origin"), origin, graph)


def _whole(value: Value) -> Literal:
    """A whole number as one; counts are."""
    plain = plain_value(value)
    return Literal(plain) if isinstance(plain, int) else result(value)
