"""The nodes of an event stream as quads: LDES 1.0 and TREE.

Members come in the order of publication (`dct:issued`), each a version of its datastream. A relation says from when
on and, for what is closed, until when its node has members: who finds no end must look again.
"""

from collections.abc import Iterable, Iterator, Sequence

from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad

from apis.durations import iso_duration
from apis.identifiers import Identifiers, terms_base
from apis.ldes.nodes import Day, day_name
from apis.ldes.shape import shape_iri
from apis.pages.content import PageContent
from apis.pages.cutting import WINDOW
from apis.pages.datasets import publisher_triples
from apis.pages.observed import ObservedQuads
from apis.pages.sites import site_triples
from apis.pages.texts import ORIGIN_COMMENTS
from apis.rdf.literals import instant, texts
from apis.rhythm import series_rhythm
from apis.vocabulary import DCT, LDES, RDF, RDFS, SOSA, TREE, XSD
from stadspuls.clock import DAY, SECOND, rfc3339
from stadspuls.registry import Dataset

MOST_POLLING_SECONDS = 60
"""Of a slower rhythm nobody should learn of a late value an hour later."""

Part = tuple[str, int, int | None]
"""A node that another leads to: its name, from when on it has members, and until when; None while it is open."""
Triple = tuple[NamedNode | BlankNode, NamedNode, NamedNode | Literal | BlankNode]


def root_quads(dataset: Dataset, base_url: str, days: Sequence[int], last_is_open: bool) -> list[Quad]:
    """The root: what the stream is, and its days."""
    ids = Identifiers(dataset, base_url)
    parts: list[Part] = [(day_name(day), day, day + DAY) for day in days[:-1]]
    parts += [(day_name(day), day, None if last_is_open else day + DAY) for day in days[-1:]]
    root = NamedNode(ids.root)
    return _quads(
        (*_stream(dataset, ids, base_url), *_about(dataset, ids), *_retention(dataset, root), *_node(root, ids, parts))
    )


def day_quads(dataset: Dataset, base_url: str, day: Day) -> list[Quad]:
    """A day: its pages."""
    ids = Identifiers(dataset, base_url)
    ends: list[int | None] = [page.end for page in day.pages]
    if day.is_open:
        ends[-1] = None
    parts = [(rfc3339(page.start), page.start, end) for page, end in zip(day.pages, ends, strict=True)]
    node = NamedNode(ids.node(day_name(day.start)))
    return _quads((*_stream(dataset, ids, base_url), *_node(node, ids, parts, closed=not day.is_open)))


def page_quads(content: PageContent) -> list[Quad]:
    """A page: its members, and what they refer to."""
    dataset, ids = content.dataset, content.ids
    node, stream = NamedNode(ids.node(rfc3339(content.page.start))), NamedNode(ids.stream)
    observed = ObservedQuads(dataset, ids, content.base_url, as_versions=True)
    graph = DefaultGraph()
    members = [quad for o in content.observations for quad in observed.observation(o, graph)]
    named = (Quad(stream, TREE["member"], NamedNode(ids.observation(o)), graph) for o in content.observations)
    seen = {o.datastream.site for o in content.observations}
    sites = (
        triple for site in dataset.sites.values() if site.id in seen for triple in site_triples(dataset, site, ids)
    )
    return [
        *_quads(_stream(dataset, ids, content.base_url)),
        *named,
        *_quads(_node(node, ids, (), closed=content.following is not None)),
        *members,
        *_quads(sites),
        *_quads(observed.described()),
    ]


def _quads(triples: Iterable[Triple]) -> list[Quad]:
    graph = DefaultGraph()
    return [Quad(*triple, graph) for triple in triples]


def _stream(dataset: Dataset, ids: Identifiers, base_url: str) -> Iterator[Triple]:
    """What every node says of the stream, since it may be all that somebody has."""
    stream, terms = NamedNode(ids.stream), terms_base(base_url)
    yield stream, RDF["type"], LDES["EventStream"]
    yield stream, LDES["timestampPath"], DCT["issued"]
    yield stream, LDES["versionOfPath"], DCT["isVersionOf"]
    yield stream, LDES["versionTimestampPath"], SOSA["resultTime"]
    yield stream, TREE["shape"], NamedNode(shape_iri(dataset, base_url))
    yield stream, TREE["view"], NamedNode(ids.root)
    yield stream, DCT["isPartOf"], NamedNode(ids.dataset)
    yield stream, DCT["license"], NamedNode(dataset.licence)
    yield stream, NamedNode(f"{terms}origin"), NamedNode(terms + dataset.origin)


def _about(dataset: Dataset, ids: Identifiers) -> Iterator[Triple]:
    stream = NamedNode(ids.stream)
    yield from ((stream, DCT["title"], title) for title in texts(dataset.titles))
    yield from ((stream, DCT["description"], text) for text in texts(dataset.descriptions))
    yield from ((stream, RDFS["comment"], text) for text in texts(ORIGIN_COMMENTS[dataset.origin]))
    yield stream, LDES["pollingInterval"], Literal(polling_seconds(dataset))
    yield from publisher_triples(stream, dataset.city, f"{ids.dataset}#publisher")


def polling_seconds(dataset: Dataset) -> int:
    """How often it is worth looking for something new: as often as the dataset's fastest series may speak."""
    rhythms = [
        series_rhythm(dataset, sensor.id, name) for sensor in dataset.sensors.values() for name in sensor.properties
    ]
    fastest = min((each for each in rhythms if each is not None), default=MOST_POLLING_SECONDS * SECOND)
    return min(max(fastest // SECOND, 1), MOST_POLLING_SECONDS)


def _retention(dataset: Dataset, root: NamedNode) -> Iterator[Triple]:
    """How long members stay: the dataset's retention, less the window and the day that go as a whole."""
    if dataset.retention is None:
        return
    policy = NamedNode(f"{root.value}#retention")
    yield root, LDES["retentionPolicy"], policy
    yield policy, RDF["type"], LDES["RetentionPolicy"]
    kept = max(dataset.retention - DAY - WINDOW, 0)
    yield policy, LDES["fullLogDuration"], Literal(iso_duration(kept), datatype=XSD["duration"])


def _node(node: NamedNode, ids: Identifiers, parts: Iterable[Part], *, closed: bool = False) -> Iterator[Triple]:
    bounds = [bound for part in parts for bound in _bounds(ids, part)]
    yield node, RDF["type"], TREE["Node"]
    if closed:
        yield node, LDES["immutable"], Literal(True)
    yield from ((node, TREE["relation"], BlankNode(f"relation{n}")) for n in range(len(bounds)))
    for n, (kind, value, target) in enumerate(bounds):
        relation = BlankNode(f"relation{n}")
        yield relation, RDF["type"], kind
        yield relation, TREE["path"], DCT["issued"]
        yield relation, TREE["value"], instant(value)
        yield relation, TREE["node"], target


def _bounds(ids: Identifiers, part: Part) -> Iterator[tuple[NamedNode, int, NamedNode]]:
    name, start, end = part
    target = NamedNode(ids.node(name))
    yield TREE["GreaterThanOrEqualToRelation"], start, target
    if end is not None:
        yield TREE["LessThanRelation"], end, target
