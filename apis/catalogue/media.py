"""What forms are called in catalogues: by media type, the EU's file type, and the standard that describes it."""

from dataclasses import dataclass

from apis.catalogue.concepts import FILE_TYPE
from stadspuls.registry import Concept

IANA = "https://www.iana.org/assignments/media-types/"


@dataclass(frozen=True)
class Standard:
    """A published standard."""

    iri: str
    title: str


@dataclass(frozen=True)
class Medium:
    """A form as catalogues name it."""

    name: str
    file_type: str
    standard: Standard | None = None

    @property
    def concept(self) -> Concept:
        """The EU's file type."""
        return Concept(iri=f"{FILE_TYPE.iri}/{self.file_type}", names={"en": self.name})


LDES = Standard("https://w3id.org/ldes/specification", "Linked Data Event Streams 1.0")
DATEX = Standard("https://docs.datex2.eu/v3.0/", "DATEX II version 3 (CEN/TS 16157)")
MEDIA: dict[str, Medium] = {
    "application/json": Medium("JSON", "JSON"),
    "application/geo+json": Medium("GeoJSON", "GEOJSON", Standard("https://www.rfc-editor.org/rfc/rfc7946", "GeoJSON")),
    "text/csv": Medium("CSV", "CSV", Standard("https://www.rfc-editor.org/rfc/rfc4180", "CSV")),
    "application/trig": Medium("TriG", "RDF_TRIG", Standard("https://www.w3.org/TR/trig/", "RDF 1.1 TriG")),
    "text/turtle": Medium("Turtle", "RDF_TURTLE", Standard("https://www.w3.org/TR/turtle/", "RDF 1.1 Turtle")),
    "application/n-quads": Medium(
        "N-Quads", "RDF_N_QUADS", Standard("https://www.w3.org/TR/n-quads/", "RDF 1.1 N-Quads")
    ),
    "application/n-triples": Medium(
        "N-Triples", "RDF_N_TRIPLES", Standard("https://www.w3.org/TR/n-triples/", "RDF 1.1 N-Triples")
    ),
    "application/rdf+xml": Medium(
        "RDF/XML", "RDF_XML", Standard("https://www.w3.org/TR/rdf-syntax-grammar/", "RDF 1.1 XML Syntax")
    ),
    "application/ld+json": Medium("JSON-LD", "JSON_LD", Standard("https://www.w3.org/TR/json-ld11/", "JSON-LD 1.1")),
    "application/xml": Medium("DATEX II", "XML", DATEX),
    "application/vnd.apache.parquet": Medium("Parquet", "PARQUET"),
    "text/event-stream": Medium(
        "SSE", "TXT", Standard("https://html.spec.whatwg.org/multipage/server-sent-events.html", "Server-sent events")
    ),
}
"""By media type; what is offered in another form is not in the catalogue, and a test tells which."""
