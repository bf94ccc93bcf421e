"""A registry for pages: a car park said plainly, a street counted from its spaces, two counters, a station."""

from pathlib import Path

from stadspuls.registry import Registry, load_registry

PARKING = """\
slug: parking
names: {nl: Parkeren, en: Parking}
capacity_iri: http://vocab.datex.org/terms#parkingNumberOfSpaces
kinds:
  car-park: {names: {nl: Parking, en: Car park}, iri: "http://vocab.datex.org/terms#UrbanParkingSite"}
properties:
  vacantSpaces:
    names: {nl: Vrije plaatsen, en: Vacant spaces}
    unit: "1"
    sampling: on-change
    max_age: PT15M
    iri: http://vocab.datex.org/terms#parkingNumberOfVacantSpaces
    predicate: http://vocab.datex.org/terms#parkingNumberOfVacantSpaces
  occupied: {names: {nl: Bezet}, unit: "1", type: boolean, sampling: on-change, max_age: PT4H}
  message: {names: {nl: Bericht}, unit: "1", type: text, sampling: on-change, max_age: P1D}
derived:
  - {property: vacantSpaces, source: occupied, function: count-false}
"""

AIR = """\
slug: air-quality
names: {nl: Lucht, en: Air}
kinds:
  station: {names: {nl: Meetstation}, iri: "http://www.w3.org/ns/sosa/Platform"}
properties:
  no2:
    names: {nl: Stikstofdioxide, en: Nitrogen dioxide}
    unit: ug/m3
    sampling: periodic
    max_age: PT3H
    iri: http://dd.eionet.europa.eu/vocabulary/aq/pollutant/8
    quantity_kind: http://qudt.org/vocab/quantitykind/MassConcentration
    unit_iri: http://qudt.org/vocab/unit/MicroGM-PER-M3
"""

GENT = """\
slug: gent
names: {nl: Gent, en: Ghent}
publisher: {names: {nl: Stad Gent, en: City of Ghent}, homepage: "https://stad.gent"}
contact: {name: Opendatacontact}
time_zone: Europe/Brussels
centre: {latitude: 51.054, longitude: 3.717}
datasets:
  parking:
    titles: {nl: Parkings <script>alert(1)</script> & meer, en: Car parks}
    licence: https://data.stad.gent/algemene-licentie
    attribution: {nl: Mobiliteitsbedrijf}
    origin: replayed
    sites:
      - id: P1
        iri: https://stad.gent/id/parking/P1
        names: {nl: Vrijdagmarkt}
        kind: car-park
        point: {latitude: 51.05652, longitude: 3.72595}
        capacity: 647
      - {id: street, names: {nl: Straat}, kind: car-park, point: {latitude: 51.05, longitude: 3.72}, capacity: 2}
      - {id: gate, names: {nl: Poort}, kind: car-park, point: {latitude: 51.04, longitude: 3.72}}
    sensors:
      - {id: P1, site: P1, properties: [vacantSpaces, message]}
      - {id: S1, site: street, properties: [occupied]}
      - {id: S2, site: street, properties: [occupied]}
      - {id: east, site: gate, properties: [vacantSpaces]}
      - {id: west, site: gate, properties: [vacantSpaces]}
  air-quality:
    titles: {nl: Lucht}
    licence: http://creativecommons.org/publicdomain/zero/1.0/
    origin: simulated
    sites:
      - {id: st-1, names: {nl: Station}, kind: station, point: {latitude: 51.05, longitude: 3.71}}
    sensors:
      - {id: st-1, site: st-1, properties: [no2], period: PT1H}
"""

AALST = """\
slug: aalst
names: {nl: Aalst}
publisher: {names: {nl: Stad Aalst}}
contact: {name: Stad Aalst}
time_zone: Europe/Brussels
centre: {latitude: 50.938, longitude: 4.040}
datasets:
  parking: {titles: {nl: Geheim}, licence: "http://example.org/l", origin: measured, visibility: private}
  air-quality: {titles: {nl: Gemiddeld}, licence: "http://example.org/l", origin: measured, visibility: aggregates}
"""


def pages_registry(folder: Path, **replaced: str) -> Registry:
    """Write the files below `folder`, and load them; `replaced` has other text for `gent` and so on."""
    files = {"cities/gent": GENT, "cities/aalst": AALST, "themes/parking": PARKING, "themes/air-quality": AIR}
    for name, text in files.items():
        path = folder / f"{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(replaced.get(path.stem, text))
    return load_registry(folder / "cities", folder / "themes")
