"""A small registry as files: a public, an aggregates and a private dataset, and text that wants to be HTML."""

from pathlib import Path

from stadspuls.registry import Registry, load_registry

PARKING = """\
slug: parking
names: {nl: Parkeren, en: Parking}
descriptions: {nl: Vrije plaatsen}
kinds:
  car-park: {names: {nl: Parking}}
properties:
  vacantSpaces:
    names: {nl: Vrije plaatsen}
    descriptions: {nl: Hoeveel er vrij zijn}
    unit: "1"
    type: number
    sampling: on-change
    max_age: PT15M
  occupied:
    names: {nl: Bezet}
    descriptions: {nl: Of er een auto staat}
    unit: "1"
    type: boolean
    sampling: on-change
    max_age: PT4H
  message:
    names: {nl: Bericht}
    descriptions: {nl: Wat er op het bord staat}
    unit: "1"
    type: text
    sampling: on-change
    max_age: P1D
derived:
  - {property: vacantSpaces, source: occupied, function: count-false}
"""

AIR = """\
slug: air-quality
names: {nl: Lucht}
descriptions: {nl: Stoffen in de lucht}
kinds:
  station: {names: {nl: Meetstation}}
properties:
  no2:
    names: {nl: Stikstofdioxide}
    descriptions: {nl: NO2 in de lucht}
    unit: ug/m3
    type: number
    sampling: periodic
    max_age: PT3H
"""

GENT = """\
slug: gent
names: {nl: Gent, en: Ghent}
publisher: {names: {nl: Stad Gent}, homepage: "https://stad.gent"}
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
        names: {nl: "=Vrijdagmarkt, \\"boven\\""}
        kind: car-park
        point: {latitude: 51.05652, longitude: 3.72595}
        capacity: 647
      - id: street
        names: {nl: Straat}
        kind: car-park
        point: {latitude: 51.05, longitude: 3.72}
        capacity: 2
    sensors:
      - {id: P1, site: P1, properties: [vacantSpaces, message]}
      - {id: S1, site: street, properties: [occupied]}
      - {id: S2, site: street, properties: [occupied]}
  air-quality:
    titles: {nl: Lucht}
    licence: http://creativecommons.org/publicdomain/zero/1.0/
    origin: simulated
    visibility: aggregates
    sites:
      - id: station-1
        names: {nl: Station}
        kind: station
        point: {latitude: 51.05, longitude: 3.71}
    sensors:
      - {id: station-1, site: station-1, properties: [no2], period: PT1H}
"""

AALST = """\
slug: aalst
names: {nl: Aalst}
publisher: {names: {nl: Stad Aalst}}
contact: {name: Stad Aalst}
time_zone: Europe/Brussels
centre: {latitude: 50.938, longitude: 4.040}
datasets:
  parking:
    titles: {nl: Geheime parkings}
    licence: http://creativecommons.org/publicdomain/zero/1.0/
    origin: measured
    visibility: private
    sites:
      - id: hidden
        names: {nl: Verborgen}
        kind: car-park
        point: {latitude: 50.938, longitude: 4.040}
    sensors:
      - {id: hidden, site: hidden, properties: [vacantSpaces]}
"""


def small_registry(folder: Path) -> Registry:
    """Write the files below `folder`, and load them."""
    cities, themes = folder / "cities", folder / "themes"
    for place, files in ((cities, {"gent": GENT, "aalst": AALST}), (themes, {"parking": PARKING, "air-quality": AIR})):
        place.mkdir(parents=True)
        for name, text in files.items():
            (place / f"{name}.yaml").write_text(text)
    return load_registry(cities, themes)
