"""The forms of a catalogue: RDF for harvesters, a page for people."""

from collections.abc import Iterable

from pyoxigraph import RdfFormat, Triple, serialize

from apis.catalogue.terms import CATALOGUE_PREFIXES
from apis.negotiation import Format
from apis.rdf.jsonld import JsonContext, compacted

RDF_FORMS = {
    Format.TURTLE: RdfFormat.TURTLE,
    Format.JSONLD: RdfFormat.JSON_LD,
    Format.NTRIPLES: RdfFormat.N_TRIPLES,
    Format.RDFXML: RdfFormat.RDF_XML,
}
OFFERED = (*RDF_FORMS, Format.HTML)
"""What catalogues are offered in; the first by default."""

_CONTEXT = JsonContext(CATALOGUE_PREFIXES, CATALOGUE_PREFIXES)


def write_rdf(form: Format, triples: Iterable[Triple]) -> bytes:
    """The triples of a catalogue in a form of RDF, in their order."""
    written = serialize(triples, format=RDF_FORMS[form], prefixes=CATALOGUE_PREFIXES) or b""
    return compacted(written, _CONTEXT) if form is Format.JSONLD else written
