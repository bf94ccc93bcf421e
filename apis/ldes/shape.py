"""The shape (SHACL) of an event stream's members: what every observation says, and what each property allows."""

from collections.abc import Iterator, Sequence

from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad

from apis.identifiers import Identifiers
from apis.pages import oslo
from apis.pages.observed import NO_UNIT
from apis.rdf.literals import decimal
from apis.vocabulary import DCT, OM, RDF, SCHEMA, SH, SOSA, TREE, XSD
from stadspuls.registry import Dataset, Property
from stadspuls.registry.objects import ValueType

SHAPES_PATH = "/docs/shapes"
Node = NamedNode | BlankNode
Value = NamedNode | Literal | BlankNode

_RESULTS: dict[ValueType, NamedNode] = {"number": XSD["decimal"], "boolean": XSD["boolean"], "text": XSD["string"]}
_ONE = (DCT["isVersionOf"], SOSA["phenomenonTime"], SOSA["madeBySensor"], SOSA["hasFeatureOfInterest"])
_ONE_EACH = (*_ONE, SOSA["usedProcedure"], SOSA["observedProperty"])
"""What a member has exactly one of, an IRI."""


def shape_iri(dataset: Dataset, base_url: str) -> str:
    """The shape of a dataset's members, which is its address."""
    return f"{base_url}{SHAPES_PATH}/{dataset.name}"


def shape_quads(dataset: Dataset, base_url: str) -> list[Quad]:
    """The shape of what a dataset publishes."""
    return _Shape(dataset, base_url).written()


class _Shape:
    """Collects quads; each node of a shape is written where it is used."""

    def __init__(self, dataset: Dataset, base_url: str) -> None:
        self._dataset = dataset
        self._ids = Identifiers(dataset, base_url)
        self._node = NamedNode(shape_iri(dataset, base_url))
        self._quads: list[Quad] = []
        self._blanks = 0

    def written(self) -> list[Quad]:
        self._say(self._node, RDF["type"], SH["NodeShape"])
        self._say(self._node, SH["targetObjectsOf"], TREE["member"])
        self._say(self._node, SH["nodeKind"], SH["IRI"])
        self._property(self._node, RDF["type"], has=SOSA["Observation"])
        for path in _ONE_EACH:
            self._property(self._node, path, one=True, kind=SH["IRI"])
        for path in (DCT["issued"], SOSA["resultTime"]):
            self._property(self._node, path, one=True, datatype=XSD["dateTime"])
        self._property(self._node, SOSA["hasSimpleResult"], one=True, kind=SH["Literal"])
        if oslo.follows(self._dataset.theme):
            self._oslo()
        allowed = [self._allowed(found) for found in self._dataset.theme.properties.values()]
        self._say(self._node, SH["or"], self._list(allowed))
        return self._quads

    def _oslo(self) -> None:
        self._property(self._node, RDF["type"], has=OM["OM_Observation"])
        self._property(self._node, oslo.RESULT_TIME, one=True, datatype=XSD["dateTime"])
        for path in (oslo.PHENOMENON_TIME, OM["OM_Observation.observedProperty"], OM["OM_Observation.result"]):
            self._property(self._node, path, one=True, kind=SH["BlankNodeOrIRI"])

    def _allowed(self, found: Property) -> Node:
        """What a member of one property says."""
        node = self._blank()
        self._property(node, SOSA["observedProperty"], has=NamedNode(self._ids.observed_property(found.name)))
        result = self._property(node, SOSA["hasSimpleResult"], datatype=_RESULTS[found.type])
        if found.possible is not None:
            self._say(result, SH["minInclusive"], decimal(found.possible[0]))
            self._say(result, SH["maxInclusive"], decimal(found.possible[1]))
        if found.unit != NO_UNIT:
            self._property(node, SCHEMA["unitText"], one=True, has=Literal(found.unit))
            self._property(node, SOSA["hasResult"], one=True)
        return node

    def _property(
        self,
        shape: Node,
        path: NamedNode,
        *,
        one: bool = False,
        has: Value | None = None,
        kind: NamedNode | None = None,
        datatype: NamedNode | None = None,
    ) -> Node:
        node = self._blank()
        self._say(shape, SH["property"], node)
        self._say(node, SH["path"], path)
        if one:
            self._say(node, SH["minCount"], Literal(1))
            self._say(node, SH["maxCount"], Literal(1))
        for constraint, value in ((SH["hasValue"], has), (SH["nodeKind"], kind), (SH["datatype"], datatype)):
            if value is not None:
                self._say(node, constraint, value)
        return node

    def _list(self, nodes: Sequence[Node]) -> Node:
        """An RDF list."""
        cells = [self._blank() for _ in nodes]
        ends: Iterator[Value] = iter((*cells[1:], RDF["nil"]))
        for cell, node, rest in zip(cells, nodes, ends, strict=True):
            self._say(cell, RDF["first"], node)
            self._say(cell, RDF["rest"], rest)
        return cells[0]

    def _blank(self) -> BlankNode:
        self._blanks += 1
        return BlankNode(f"shape{self._blanks}")

    def _say(self, subject: Node, predicate: NamedNode, thing: Value) -> None:
        self._quads.append(Quad(subject, predicate, thing, DefaultGraph()))
