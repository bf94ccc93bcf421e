"""The same quads as N-Quads, TriG, JSON-LD; and triples as Turtle and N-Triples, which know no named graphs."""

from collections.abc import Iterable

from pyoxigraph import Quad, RdfFormat, Triple, parse, serialize

from apis.negotiation import Format
from apis.rdf.jsonld import INLINE, JsonContext, compacted
from apis.vocabulary import PREFIXES

_QUAD_FORMATS = {
    Format.TRIG: RdfFormat.TRIG,
    Format.NQUADS: RdfFormat.N_QUADS,
    Format.JSONLD: RdfFormat.JSON_LD,
}
_TRIPLE_FORMATS = {
    Format.TURTLE: RdfFormat.TURTLE,
    Format.NTRIPLES: RdfFormat.N_TRIPLES,
}


def write_quads(form: Format, quads: Iterable[Quad], context: JsonContext = INLINE) -> bytes:
    """The quads in a form that knows named graphs, in their order."""
    written = serialize(quads, format=_QUAD_FORMATS[form], prefixes=PREFIXES) or b""
    return compacted(written, context) if form is Format.JSONLD else written


def write_triples(form: Format, triples: Iterable[Triple]) -> bytes:
    """The triples in a form that knows no named graphs, in their order."""
    return serialize(triples, format=_TRIPLE_FORMATS[form], prefixes=PREFIXES) or b""


def write_default(form: Format, quads: Iterable[Quad], context: JsonContext = INLINE) -> bytes:
    """Quads of the default graph alone, in any form of RDF."""
    if form in _TRIPLE_FORMATS:
        return write_triples(form, (quad.triple for quad in quads))
    return write_quads(form, quads, context)


def read_quads(form: Format, written: bytes) -> list[Quad]:
    """What `write_quads` wrote."""
    return list(parse(written, format=_QUAD_FORMATS[form]))
