"""The same quads as N-Quads, TriG, JSON-LD; what has no named graphs must be made triples first."""

from collections.abc import Iterable

from pyoxigraph import Quad, RdfFormat, Triple, parse, serialize

from apis.negotiation import Format
from apis.rdf.jsonld import compacted
from apis.vocabulary import PREFIXES

_FORMATS = {
    Format.TRIG: RdfFormat.TRIG,
    Format.NQUADS: RdfFormat.N_QUADS,
    Format.JSONLD: RdfFormat.JSON_LD,
}


def write_quads(form: Format, quads: Iterable[Quad]) -> bytes:
    """The quads in a form that knows named graphs, in their order."""
    written = serialize(quads, format=_FORMATS[form], prefixes=PREFIXES) or b""
    return compacted(written, PREFIXES) if form is Format.JSONLD else written


def write_turtle(triples: Iterable[Triple]) -> bytes:
    """The triples as Turtle, in their order."""
    return serialize(triples, format=RdfFormat.TURTLE, prefixes=PREFIXES) or b""


def read_quads(form: Format, written: bytes) -> list[Quad]:
    """What `write_quads` wrote."""
    return list(parse(written, format=_FORMATS[form]))
