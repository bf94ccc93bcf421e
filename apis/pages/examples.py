"""An example of a page in every form, shown in `/docs`; made from one of them, as pages themselves are."""

from apis.negotiation import Format
from apis.pages.forms import Variant, write_rdf
from apis.rdf.forms import read_quads
from apis.schema import EXAMPLE_BASE

_DATASET = f"{EXAMPLE_BASE}/gent/parking"
_PAGE = f"{_DATASET}?page=2026-01-05T06:00:00Z"
_MOMENT = f"{_DATASET}?time=2026-01-05T08:00:00Z"

_TRIG = f"""
@prefix cc: <http://creativecommons.org/ns#> .
@prefix datex: <http://vocab.datex.org/terms#> .
@prefix geo: <http://www.w3.org/2003/01/geo/wgs84_pos#> .
@prefix hydra: <http://www.w3.org/ns/hydra/core#> .
@prefix prov: <http://www.w3.org/ns/prov#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix void: <http://rdfs.org/ns/void#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
<{_PAGE}#Metadata> {{
  <{_DATASET}> a void:Dataset ; cc:license <https://data.stad.gent/algemene-licentie> ; void:subset <{_PAGE}> ;
    <{EXAMPLE_BASE}/docs/terms#origin> <{EXAMPLE_BASE}/docs/terms#replayed> .
  <{_PAGE}> prov:generatedAtTime "2026-01-05T08:00:00.171020Z"^^xsd:dateTime ;
    hydra:previous <{_DATASET}?page=2026-01-05T03:00:00Z> .
}}
<https://stad.gent/id/parking/P1> a datex:UrbanParkingSite ; rdfs:label "Vrijdagmarkt"@nl ;
  datex:parkingNumberOfSpaces "647" ; geo:lat 51.05652 ; geo:long 3.72595 .
<{_MOMENT}> prov:generatedAtTime "2026-01-05T08:00:00Z"^^xsd:dateTime .
<{_MOMENT}> {{ <https://stad.gent/id/parking/P1> datex:parkingNumberOfVacantSpaces "210" . }}
"""

_QUADS = read_quads(Format.TRIG, _TRIG.encode())

EXAMPLES: dict[Format, str] = {
    form: write_rdf(Variant(form), _QUADS).decode()
    for form in (Format.TRIG, Format.TURTLE, Format.NQUADS, Format.JSONLD)
} | {Format.HTML: "<!DOCTYPE html>\n<html lang='en'>...</html>"}
