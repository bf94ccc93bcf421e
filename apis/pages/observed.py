"""Observations with SOSA terms, and what they refer to: instants, sensors, properties."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from pyoxigraph import Literal, NamedNode, Quad

from apis.durations import iso_duration
from apis.identifiers import Identifiers, terms_base
from apis.rdf.literals import instant, result, stamp, texts
from apis.vocabulary import DCT, QUDT, RDF, RDFS, SCHEMA, SOSA, SSN, TIME
from stadspuls.model import Datastream, Observation, Procedure, Quality
from stadspuls.registry import Dataset, Property

NO_UNIT = "1"
"""UCUM's unit of counts, booleans and texts; not said."""


class ObservedQuads:
    """Writes observations as quads, and remembers which sensors and properties must be described."""

    def __init__(self, dataset: Dataset, ids: Identifiers, base_url: str) -> None:
        self._dataset = dataset
        self._ids = ids
        self._terms = terms_base(base_url)
        self._streams: dict[tuple[str, str, str], Datastream] = {}
        self._times: set[tuple[object, object]] = set()
        self._nodes: dict[str, NamedNode] = {}

    def observation(self, o: Observation, graph: NamedNode) -> Iterator[Quad]:
        """Everything about one observation, in its moment's graph."""
        stream = o.datastream
        self._streams.setdefault((stream.sensor, stream.observed_property, stream.site), stream)
        node = NamedNode(self._ids.observation(o))
        yield Quad(node, RDF["type"], SOSA["Observation"], graph)
        yield Quad(node, SOSA["madeBySensor"], self._node(self._ids.sensor(stream.sensor)), graph)
        yield Quad(node, SOSA["hasFeatureOfInterest"], self._node(self._ids.site(stream.site)), graph)
        yield Quad(
            node, SOSA["observedProperty"], self._node(self._ids.observed_property(stream.observed_property)), graph
        )
        yield Quad(node, SOSA["hasSimpleResult"], result(o.value), graph)
        if stream.unit != NO_UNIT:
            yield Quad(node, SCHEMA["unitText"], Literal(stream.unit), graph)
        time, described = self._phenomenon_time(o, graph)
        yield Quad(node, SOSA["phenomenonTime"], time, graph)
        yield Quad(node, SOSA["resultTime"], instant(o.observed_at), graph)
        yield Quad(node, DCT["issued"], instant(o.published_at), graph)
        yield from self._caveats(o, node, graph)
        yield from described

    def described(self) -> Iterator[tuple[NamedNode, NamedNode, NamedNode | Literal]]:
        """Triples about the sensors and properties of the observations so far."""
        for _, some in groupby(sorted(self._streams.items()), key=lambda each: each[0][0]):
            yield from self._sensor([stream for _, stream in some])
        for site in sorted({stream.site for stream in self._streams.values()}):
            yield self._node(self._ids.site(site)), RDF["type"], SOSA["FeatureOfInterest"]
        for name in sorted({name for _, name, _ in self._streams}):
            yield from self._property(name)

    def _sensor(self, streams: Sequence[Datastream]) -> Iterator[tuple[NamedNode, NamedNode, NamedNode]]:
        node = self._node(self._ids.sensor(streams[0].sensor))
        yield node, RDF["type"], SOSA["Sensor"]
        for site in sorted({stream.site for stream in streams}):
            yield node, SOSA["isHostedBy"], self._node(self._ids.site(site))
        for stream in streams:
            yield node, SOSA["observes"], self._node(self._ids.observed_property(stream.observed_property))
        if any(stream.procedure is Procedure.DERIVED for stream in streams):
            yield node, SSN["implements"], self._node(f"{self._terms}derived")

    def _property(self, name: str) -> Iterator[tuple[NamedNode, NamedNode, NamedNode | Literal]]:
        node = self._node(self._ids.observed_property(name))
        yield node, RDF["type"], SOSA["ObservableProperty"]
        found: Property | None = self._dataset.theme.properties.get(name)
        if found is None:
            return
        yield from ((node, RDFS["label"], label) for label in texts(found.names))
        if found.quantity_kind:
            yield node, QUDT["hasQuantityKind"], self._node(found.quantity_kind)
        if found.unit_iri:
            yield node, QUDT["hasUnit"], self._node(found.unit_iri)

    def _caveats(self, o: Observation, node: NamedNode, graph: NamedNode) -> Iterator[Quad]:
        """What keeps a value from being taken as it is: quality, or another origin than its dataset's."""
        if o.quality is not Quality.GOOD:
            yield Quad(node, self._node(f"{self._terms}quality"), self._node(self._terms + o.quality), graph)
        for name, value in (("test", o.test), ("known", o.known), ("capacity", o.capacity)):
            if value is not None:
                yield Quad(node, self._node(self._terms + name), Literal(value), graph)
        if o.datastream.origin is not self._dataset.origin:
            origin = self._node(self._terms + o.datastream.origin)
            yield Quad(node, self._node(f"{self._terms}origin"), origin, graph)

    def _phenomenon_time(self, o: Observation, graph: NamedNode) -> tuple[NamedNode, list[Quad]]:
        """The instant, or the period that ends with it, and what is not said of it in this graph yet."""
        period = self._period(o)
        if period is None:
            return self._instant(o.observed_at), self._instant_quads(o.observed_at, graph)
        moment = NamedNode(f"{graph.value}#{iso_duration(period)}")
        begin = o.observed_at - period
        quads = [
            Quad(moment, RDF["type"], TIME["ProperInterval"], graph),
            Quad(moment, TIME["hasBeginning"], self._instant(begin), graph),
            Quad(moment, TIME["hasEnd"], self._instant(o.observed_at), graph),
        ]
        instants = self._instant_quads(begin, graph) + self._instant_quads(o.observed_at, graph)
        return moment, self._once(quads) + instants

    def _period(self, o: Observation) -> int | None:
        sensor = self._dataset.sensors.get(o.datastream.sensor)
        observed = self._dataset.theme.properties.get(o.datastream.observed_property)
        return sensor.period if sensor and observed and observed.sampling == "periodic" else None

    def _instant(self, us: int) -> NamedNode:
        return NamedNode(f"{self._ids.moment(us)}#instant")

    def _instant_quads(self, us: int, graph: NamedNode) -> list[Quad]:
        node = self._instant(us)
        quads = [
            Quad(node, RDF["type"], TIME["Instant"], graph),
            Quad(node, TIME["inXSDDateTimeStamp"], stamp(us), graph),
        ]
        return self._once(quads)

    def _once(self, quads: list[Quad]) -> list[Quad]:
        """The description of a node, or nothing where the graph has it already."""
        key = (quads[0].subject, quads[0].graph_name)
        if key in self._times:
            return []
        self._times.add(key)
        return quads

    def _node(self, iri: str) -> NamedNode:
        node = self._nodes.get(iri)
        if node is None:
            node = self._nodes[iri] = NamedNode(iri)
        return node
