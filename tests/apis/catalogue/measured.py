"""A small registry of cities that measure: all there is to be in a catalogue, with the themes that are shipped."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from apis.app import create_app
from apis.live import LiveState
from apis.readers import Readers
from stadspuls.clock import DAY
from stadspuls.model import Observation
from stadspuls.registry import Registry, load_registry
from stadspuls.settings import ROOT, load_settings
from store.backends import open_reader, open_writer
from tests.apis.archive.conftest import archive
from tests.apis.conftest import BASE, Api, Made
from tests.conformance.serving import T0, frames

GENT = """\
slug: gent
names: {nl: Gent, en: Ghent, fr: Gand}
publisher:
  names: {nl: Stad Gent <b>, en: City of Ghent}
  iri: https://organisaties.example/id/gent
  homepage: https://stad.gent
contact: {name: Opendatacontact, email: opendata@stad.example}
time_zone: Europe/Brussels
centre: {latitude: 51.054, longitude: 3.717}
areas: [http://data.europa.eu/nuts/code/BE234]
datasets:
  parking:
    titles: {nl: 'Parkings "in" Gent', en: Car parks in Ghent, fr: Parkings à Gand}
    descriptions: {nl: Vrije plaatsen, en: Vacant spaces}
    licence: https://data.vlaanderen.be/id/licentie/modellicentie-gratis-hergebruik/v1.0
    attribution: {nl: Mobiliteitsbedrijf}
    origin: measured
    issued: 2016-06-01
    sites:
      - {id: P1, names: {nl: P1 & co}, kind: car-park, point: {latitude: 51.056, longitude: 3.725}, capacity: 647}
      - {id: street, names: {nl: Straat}, kind: street, point: {latitude: 51.05, longitude: 3.72}, capacity: 2}
      - {id: P2, names: {nl: P2}, kind: car-park, point: {latitude: 51.04, longitude: 3.71}}
    sensors:
      - {id: P1, site: P1, properties: [vacantSpaces]}
      - {id: S1, site: street, properties: [occupied]}
      - {id: S2, site: street, properties: [occupied]}
      - {id: P2, site: P2, properties: [vacantSpaces]}
  air-quality:
    titles: {nl: Lucht in Gent}
    licence: https://creativecommons.org/licenses/by/4.0/
    origin: measured
    sites:
      - {id: station, names: {nl: Station}, kind: station, point: {latitude: 51.05, longitude: 3.71}}
    sensors:
      - {id: station, site: station, properties: [no2], period: PT1H}
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
    titles: {nl: Verzonnen parkings}
    licence: http://creativecommons.org/publicdomain/zero/1.0/
    origin: simulated
    sites:
      - {id: P1, names: {nl: P1}, kind: car-park, point: {latitude: 50.938, longitude: 4.04}, capacity: 100}
    sensors:
      - {id: P1, site: P1, properties: [vacantSpaces]}
  air-quality:
    titles: {nl: Gemiddelde lucht in Aalst}
    licence: https://creativecommons.org/licenses/by/4.0/
    origin: measured
    visibility: aggregates
    sites:
      - {id: station, names: {nl: Station}, kind: station, point: {latitude: 50.938, longitude: 4.04}}
    sensors:
      - {id: station, site: station, properties: [no2], period: PT1H}
"""
LEUVEN = """\
slug: leuven
names: {nl: Leuven}
publisher: {names: {nl: Stad Leuven}}
contact: {name: Stad Leuven, page: https://leuven.example/contact}
time_zone: Europe/Brussels
centre: {latitude: 50.879, longitude: 4.701}
datasets:
  parking:
    titles: {nl: Geheime parkings}
    licence: http://creativecommons.org/publicdomain/zero/1.0/
    origin: measured
    visibility: private
    sites:
      - {id: hidden, names: {nl: Verborgen}, kind: car-park, point: {latitude: 50.88, longitude: 4.7}}
    sensors:
      - {id: hidden, site: hidden, properties: [vacantSpaces]}
"""


def measured_registry(folder: Path) -> Registry:
    """Write the city files below `folder`, and load them with the themes that are shipped."""
    cities = folder / "measuring-cities"
    cities.mkdir()
    for name, text in {"gent": GENT, "aalst": AALST, "leuven": LEUVEN}.items():
        (cities / f"{name}.yaml").write_text(text)
    return load_registry(cities, ROOT / "themes")


@contextmanager
def api_over(registry: Registry, folder: Path, *, filled: bool = False, **settings: object) -> Iterator[Api]:
    """The application over a registry; `filled` with some hours of values of every dataset."""
    data = folder / "catalogue-data"
    data.mkdir()
    chosen = load_settings(None, data_dir=data, public_url=BASE, **settings)
    if filled:
        writer = open_writer(chosen)
        for dataset in registry.datasets.values():
            writer.write(frames(dataset, registry.version))
        writer.close()
    readers = Readers(lambda: open_reader(chosen))
    live = LiveState(chosen, registry, readers)
    api = Api(create_app(chosen, registry, readers, live), chosen, registry, live, readers, Made(registry))
    if filled:
        asyncio.run(live.load())
    try:
        yield api
    finally:
        readers.close()


def close_a_day(api: Api) -> None:
    """Observe something long after what is stored, so that its day is closed and archived."""
    stream, later = api.made.stream("gent/parking", "P1", "vacantSpaces"), T0 + 4 * DAY
    api.store([Observation(stream, later, later, later, 7.0)])
    archive(api.settings, api.registry)
