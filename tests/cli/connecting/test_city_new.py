"""`stadspuls city new`: the neighbour's file, valid at once, with nothing in it that is not the neighbour's."""

from collections.abc import Callable
from pathlib import Path

import pytest

from cli.connecting.new_city import NewCity, city_text
from stadspuls.registry import load_registry
from stadspuls.registry.marked import Document
from stadspuls.settings import ROOT, Settings
from tests.cli.conftest import Stadspuls

SOURCES = """
sources:
  - id: lora
    filter: gent/tts/v3/+/devices/+/up
    dataset: parking
    codec: the-things-stack
    decoder: bosch-tps110
    devices: {spot-1: P1}
    ignore: [battery]
  - {id: own, filter: gent/own/+, dataset: parking, codec: python, sensor_level: 3, code: {file: gateway.py}}
  - id: car-parks
    filter: gent/poll/car-parks/+
    dataset: air-quality
    codec: jmespath
    mapping: {time: lastupdate, values: {no2: 'to_number("a: b")'}}
    time_zone: Europe/Brussels
    devices: {Vrijdagmarkt: station-1}
    poll:
      api: opendatasoft
      url: https://data.stad.gent/api/records?limit=100
      device: name
      time: lastupdate
"""
CODE = "def decode(payload, context):\n    return None\n"
City = Callable[..., tuple[int, str]]


@pytest.fixture
def gent(shipped: Settings) -> Path:
    """The shipped Gent with sources of its own, one of them polled, one read by its own code."""
    file = shipped.cities_dir / "gent.yaml"
    text = file.read_text().replace("origin: simulated", "origin: measured\n    retention: P90D\n    ignore: [battery]")
    file.write_text(
        text.replace("https://stad.gent\n", "https://stad.gent\n  iri: https://stad.gent/id/org\n") + SOURCES
    )
    (shipped.cities_dir / "gent").mkdir()
    (shipped.cities_dir / "gent" / "gateway.py").write_text(CODE)
    load_registry(shipped.cities_dir, shipped.themes_dir)
    return shipped.cities_dir


@pytest.fixture
def new(shipped: Settings, stadspuls: Stadspuls) -> City:
    def run(*arguments: str) -> tuple[int, str]:
        answer = stadspuls(
            *("city", "new", *arguments), cities_dir=str(shipped.cities_dir), themes_dir=str(shipped.themes_dir)
        )
        return answer.returncode, answer.stdout + answer.stderr

    return run


def test_the_new_city_is_valid_at_once_and_has_nothing_of_the_others_own(
    gent: Path, new: City, shipped: Settings
) -> None:
    code, said = new("kortrijk-2", "--like", "gent")
    assert code == 0, said
    city = load_registry(shipped.cities_dir, shipped.themes_dir).cities["kortrijk-2"]
    assert list(city.datasets) == ["parking", "air-quality"]
    assert city.names == {"nl": "Kortrijk-2"}
    assert city.publisher.names["en"] == "City of Kortrijk-2"
    assert (city.publisher.iri, city.publisher.homepage, city.id_base, city.areas) == (None, None, None, ())
    for dataset in city.datasets.values():
        assert (dict(dataset.sites), dict(dataset.sensors), dataset.origin) == ({}, {}, "measured")
    assert city.datasets["parking"].titles["fr"] == "Parkings à Kortrijk-2"
    assert city.datasets["parking"].attribution == {
        "nl": "Stad Kortrijk-2, Mobiliteitsbedrijf",
        "en": "City of Kortrijk-2, Mobiliteitsbedrijf",
    }
    assert city.datasets["air-quality"].retention is not None
    text = (gent / "kortrijk-2.yaml").read_text()
    assert "P1" not in text
    assert "stad.gent/id" not in text
    assert text.count("->") > 8
    for step in ("sensor add kortrijk-2/parking", "sensor try", "city test kortrijk-2", "registry apply"):
        assert f"stadspuls {step}" in said


def test_sources_come_along_below_the_new_slug_without_devices_and_apis(
    gent: Path, new: City, shipped: Settings
) -> None:
    assert new("kortrijk-2", "--like", "gent")[0] == 0
    lora, own, api = load_registry(shipped.cities_dir, shipped.themes_dir).cities["kortrijk-2"].sources
    assert (lora.filter, lora.codec, dict(lora.devices), lora.ignore) == (
        "kortrijk-2/tts/v3/+/devices/+/up",
        "the-things-stack",
        {},
        frozenset({"battery"}),
    )
    assert (api.filter, api.poll, dict(api.devices), api.sensor_level) == ("kortrijk-2/poll/car-parks/+", None, {}, 4)
    assert own.codec == "python"
    assert (gent / "kortrijk-2" / "gateway.py").read_text() == CODE


def test_what_is_given_stands_in_the_file(gent: Path, new: City, shipped: Settings) -> None:
    given = ["--name", "Sint-Jan: 'oud' # 1", "--lat", "50.9", "--lon", "3.4", "--publisher", "Dienst \\1"]
    assert new("sint-jan", "--like", "gent", *given, "--email", "data@sint-jan.example")[0] == 0
    city = load_registry(shipped.cities_dir, shipped.themes_dir).cities["sint-jan"]
    assert (city.names["nl"], city.latitude, city.longitude) == ("Sint-Jan: 'oud' # 1", 50.9, 3.4)
    assert (city.publisher.names["nl"], city.contact.email) == ("Dienst \\1", "data@sint-jan.example")
    assert city.datasets["parking"].titles["nl"] == "Parkings in Sint-Jan: 'oud' # 1"


def test_a_dry_run_prints_what_would_be_written(gent: Path, new: City) -> None:
    code, said = new("kortrijk-2", "--like", "gent", "--dry-run")
    assert code == 0
    assert not (gent / "kortrijk-2.yaml").exists()
    assert not (gent / "kortrijk-2").exists()
    assert new("kortrijk-2", "--like", "gent")[0] == 0
    assert (gent / "kortrijk-2.yaml").read_text() == said


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["kortrijk", "--like", "gent"], "cities/kortrijk.yaml is there already; nothing is changed"),
        (["gent", "--like", "gent"], "is there already"),
        (["Kortrijk", "--like", "gent"], "'Kortrijk' is no slug"),
        (["../kortrijk", "--like", "gent"], "is no slug"),
        (["catalog", "--like", "gent"], "word of the published addresses"),
        (["kortrijk-2", "--like", "nowhere"], "nowhere.yaml cannot be read"),
        (["kortrijk-2", "--like", "gent", "--lat", "50.9"], "--lat and --lon"),
        (["kortrijk-2", "--like", "gent", "--lat", "3.2", "--lon", "50.8"], "swapped?"),
        (["kortrijk-2", "--like", "gent", "--email", "nobody"], "contact.email"),
    ],
)
def test_what_cannot_be_made_is_told_and_nothing_is_written(
    gent: Path, new: City, arguments: list[str], why: str
) -> None:
    before = sorted(gent.rglob("*"))
    code, said = new(*arguments)
    assert code == 1
    assert why in said
    assert "Traceback" not in said
    assert sorted(gent.rglob("*")) == before


def test_a_folder_of_that_name_is_in_the_way(gent: Path, new: City) -> None:
    (gent / "kortrijk-2").mkdir()
    code, said = new("kortrijk-2", "--like", "gent")
    assert (code, "cities/kortrijk-2 is there already" in said) == (1, True)


@pytest.mark.parametrize("like", sorted(file.stem for file in (ROOT / "cities").glob("*.yaml")))
def test_every_shipped_city_has_a_neighbour(like: str, shipped: Settings) -> None:
    file = shipped.cities_dir / f"{like}.yaml"
    text = city_text(Document(file.name, file.read_text()), NewCity(slug="neighbour"))
    (shipped.cities_dir / "neighbour.yaml").write_text(text)
    registry = load_registry(shipped.cities_dir, shipped.themes_dir)
    assert set(registry.cities["neighbour"].datasets) == set(registry.cities[like].datasets)


def test_sensors_can_be_added_to_a_new_city(gent: Path, new: City, stadspuls: Stadspuls, shipped: Settings) -> None:
    assert new("kortrijk-2", "--like", "gent")[0] == 0
    for sensor in ("C1", "C2"):
        answer = stadspuls(
            *("sensor", "add", "kortrijk-2/parking", sensor, "--property", "vacantSpaces"),
            *("--site-name", "Veemarkt", "--lat", "50.83", "--lon", "3.27"),
            cities_dir=str(shipped.cities_dir),
            themes_dir=str(shipped.themes_dir),
        )
        assert answer.returncode == 0, answer.stderr
    dataset = load_registry(shipped.cities_dir, shipped.themes_dir).datasets["kortrijk-2/parking"]
    assert (list(dataset.sites), list(dataset.sensors)) == (["C1", "C2"], ["C1", "C2"])
