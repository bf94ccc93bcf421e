"""An example of a document in every form, shown in `/docs`; made from one of them."""

from apis.negotiation import RDF, Format
from apis.rdf.forms import read_quads, write_default
from apis.rdf.served import served_context
from apis.schema import EXAMPLE_BASE

_ID = f"{EXAMPLE_BASE}/gent/id"
_TRIG = f"""
@prefix dct: <http://purl.org/dc/terms/> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> .
@prefix sosa: <http://www.w3.org/ns/sosa/> .
<{EXAMPLE_BASE}/gent/doc/datastream/parking/P1/vacantSpaces> a foaf:Document ;
  foaf:primaryTopic <{_ID}/datastream/parking/P1/vacantSpaces> .
<{_ID}/datastream/parking/P1/vacantSpaces> a <{EXAMPLE_BASE}/docs/terms#Datastream> ;
  dct:isPartOf <{EXAMPLE_BASE}/gent/parking> ; sosa:madeBySensor <{_ID}/sensor/parking/P1> ;
  sosa:hasFeatureOfInterest <https://stad.gent/id/parking/P1> ;
  sosa:observedProperty <http://vocab.datex.org/terms#parkingNumberOfVacantSpaces> .
"""
_QUADS = read_quads(Format.TRIG, _TRIG.encode())

EXAMPLES: dict[Format, str] = {
    form: write_default(form, _QUADS, served_context(EXAMPLE_BASE)).decode() for form in RDF
} | {Format.HTML: "<!DOCTYPE html>\n<html lang='en'>...</html>"}
