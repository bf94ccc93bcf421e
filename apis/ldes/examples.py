"""Examples of a node and of a shape in every form, shown in `/docs`; each made from one of them."""

from apis.negotiation import RDF, STREAMS, Format
from apis.rdf.forms import read_quads, write_default
from apis.rdf.served import served_context
from apis.schema import EXAMPLE_BASE

_ROOT = f"{EXAMPLE_BASE}/gent/parking/ldes"
_SHAPE = f"{EXAMPLE_BASE}/docs/shapes/gent/parking"

_NODE = f"""
@prefix dct: <http://purl.org/dc/terms/> .
@prefix ldes: <https://w3id.org/ldes#> .
@prefix sosa: <http://www.w3.org/ns/sosa/> .
@prefix tree: <https://w3id.org/tree#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
<{_ROOT}#stream> a ldes:EventStream ; ldes:timestampPath dct:issued ; ldes:versionOfPath dct:isVersionOf ;
  ldes:versionTimestampPath sosa:resultTime ; ldes:pollingInterval 60 ; tree:shape <{_SHAPE}> ; tree:view <{_ROOT}> .
<{_ROOT}> a tree:Node ; tree:relation [
    a tree:GreaterThanOrEqualToRelation ; tree:path dct:issued ; tree:node <{_ROOT}/2026-01-05> ;
    tree:value "2026-01-05T00:00:00Z"^^xsd:dateTime ] .
"""
_SHACL = f"""
@prefix dct: <http://purl.org/dc/terms/> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix tree: <https://w3id.org/tree#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
<{_SHAPE}> a sh:NodeShape ; sh:targetObjectsOf tree:member ; sh:property [
    sh:path dct:issued ; sh:minCount 1 ; sh:maxCount 1 ; sh:datatype xsd:dateTime ] .
"""


def _in_every_form(trig: str, forms: tuple[Format, ...]) -> dict[Format, str]:
    quads, context = read_quads(Format.TRIG, trig.encode()), served_context(EXAMPLE_BASE)
    return {form: write_default(form, quads, context).decode() for form in forms if form is not Format.HTML}


NODES: dict[Format, str] = _in_every_form(_NODE, STREAMS) | {Format.HTML: "<!DOCTYPE html>\n<html lang='en'>...</html>"}
SHAPES: dict[Format, str] = _in_every_form(_SHACL, RDF)
CONTEXT = {"@context": {"tree": "https://w3id.org/tree#", "tree:member": {"@type": "@id"}}}
