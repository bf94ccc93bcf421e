"""A good theme file and a good city file, and how a test breaks one of them."""

from collections.abc import Callable
from pathlib import Path

import pytest

from stadspuls.errors import RegistryError
from stadspuls.registry import load_registry

THEME = """\
slug: parking
names: {nl: Parkeren}
kinds:
  car-park: {names: {nl: Parking}}
  street: {names: {nl: Straat}}
properties:
  vacantSpaces:
    names: {nl: Vrije plaatsen}
    unit: "1"
    possible: {min: 0, max: 20000}
    plausible: {min: 0, max: capacity}
    sampling: on-change
    max_age: PT15M
  occupied:
    names: {nl: Bezet}
    unit: "1"
    type: boolean
    max_age: PT4H
derived:
  - property: vacantSpaces
    source: occupied
    function: count-false
"""

CITY = """\
slug: gent
names: {nl: Gent, en: Ghent}
publisher: {names: {nl: Stad Gent}}
contact: {name: Opendatacontact}
time_zone: Europe/Brussels
centre: {latitude: 51.054, longitude: 3.717}
sources:
  - id: lora
    filter: gent/tts/v3/+/devices/+/up
    dataset: parking
    codec: json
    sensor_level: 6
    time_zone: Europe/Brussels
    ignore: [battery]
datasets:
  parking:
    titles: {nl: Parkings in Gent}
    licence: https://data.stad.gent/algemene-licentie
    origin: measured
    ignore: [firmware]
    sites:
      - id: P1
        iri: https://stad.gent/id/parking/P1
        names: {nl: Vrijdagmarkt}
        kind: car-park
        point: {latitude: 51.05652, longitude: 3.72595}
        capacity: 2
      - id: P2
        names: {nl: Reep}
        kind: street
        point: {latitude: 51.05207, longitude: 3.72981}
    sensors:
      - id: S1
        site: P1
        properties: [occupied]
        period: PT1M
      - {id: S2, site: P1, properties: [occupied]}
      - id: C2
        site: P2
        properties: [vacantSpaces]
        max_age: PT1H30M
        time_zone: UTC
"""

GOOD = {"themes/parking.yaml": THEME, "cities/gent.yaml": CITY}


@pytest.fixture
def good(tmp_path: Path) -> Path:
    """A folder with the good files in `cities/` and `themes/`."""
    for name, content in GOOD.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content)
    return tmp_path


@pytest.fixture
def mistakes(good: Path) -> Callable[[], list[str]]:
    """Loads the files of `good`, which must fail, and returns the mistakes told."""

    def load() -> list[str]:
        with pytest.raises(RegistryError) as caught:
            load_registry(good / "cities", good / "themes")
        return caught.value.mistakes

    return load


@pytest.fixture
def broken(good: Path, mistakes: Callable[[], list[str]]) -> Callable[[str, str, str], list[str]]:
    """Replaces text in a good file and returns the mistakes told, with `here` for the line that ends with `# here`."""

    def break_file(name: str, old: str, new: str) -> list[str]:
        assert GOOD[name].count(old) == 1, f"{old!r} is not in {name} just once"
        content = GOOD[name].replace(old, new)
        marked = [n for n, line in enumerate(content.splitlines(), 1) if line.endswith("# here")]
        assert len(marked) == 1
        (good / name).write_text(content)
        return [mistake.replace(f"{name}:{marked[0]}: ", f"{name}:here: ") for mistake in mistakes()]

    return break_file
