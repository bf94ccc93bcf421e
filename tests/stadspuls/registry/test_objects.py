"""What the registry's objects answer, and that nobody changes them."""

from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

from stadspuls.clock import HOUR, MINUTE, SECOND
from stadspuls.model import Datastream, Origin, Procedure
from stadspuls.registry import Dataset, load_registry, text

BASE = "https://data.example.org"


@pytest.fixture
def dataset(good: Path) -> Dataset:
    return load_registry(good / "cities", good / "themes").datasets["gent/parking"]


def test_datastream_is_one_object(dataset: Dataset) -> None:
    stream = dataset.datastream("S1", "occupied")
    assert stream == Datastream("gent", "parking", "P1", "S1", "occupied", "1", Origin.MEASURED, Procedure.SENSED)
    assert stream is dataset.datastream("S1", "occupied")
    assert stream in dataset.datastreams()


@pytest.mark.parametrize(
    ("sensor", "name"), [("S1", "vacantSpaces"), ("S9", "occupied"), ("P1-derived", "vacantSpaces")]
)
def test_undeclared_datastream_does_not_exist(dataset: Dataset, sensor: str, name: str) -> None:
    assert dataset.datastream(sensor, name) is None


def test_derived_datastream_belongs_to_the_virtual_sensor_of_its_site(dataset: Dataset) -> None:
    stream = dataset.derived_datastream("P1", "vacantSpaces")
    assert (stream.site, stream.sensor, stream.procedure) == ("P1", "P1-derived", Procedure.DERIVED)
    assert stream is dataset.derived_datastream("P1", "vacantSpaces")
    assert dataset.derived_sensor_id("P1") == "P1-derived"
    with pytest.raises(KeyError):
        dataset.derived_datastream("P9", "vacantSpaces")


def test_sensors_of_a_site(dataset: Dataset) -> None:
    assert [sensor.id for sensor in dataset.sensors_of("P1")] == ["S1", "S2"]
    assert dataset.sensors_of("P9") == ()


def test_durations_are_microseconds(dataset: Dataset) -> None:
    assert dataset.sensors["S1"].period == 60 * SECOND
    assert dataset.sensors["C2"].max_age == HOUR + 30 * MINUTE
    assert dataset.theme.properties["vacantSpaces"].max_age == 15 * MINUTE


def test_plausible_maximum_is_the_capacity_or_else_what_is_possible(dataset: Dataset) -> None:
    vacant = dataset.theme.properties["vacantSpaces"]
    assert vacant.plausible_max_capacity
    assert vacant.possible == vacant.plausible == (0, 20000)


def test_site_keeps_the_identifier_it_has(dataset: Dataset) -> None:
    iri = "https://stad.gent/id/parking/P1"
    assert dataset.site_iri("P1", BASE) == iri
    assert dataset.site_by_iri(iri) is dataset.sites["P1"]


def test_site_without_identifier_gets_one_below_the_base(dataset: Dataset) -> None:
    iri = dataset.site_iri("P2", BASE)
    assert iri == f"{BASE}/gent/id/site/parking/P2"
    assert dataset.site_by_iri(iri) is dataset.site_by_iri(iri, BASE) is dataset.sites["P2"]
    with pytest.raises(KeyError):
        dataset.site_iri("P9", BASE)


@pytest.mark.parametrize("iri", ["P2", "", f"{BASE}/gent/id/site/parking/P9", f"{BASE}/brugge/id/site/parking/P2"])
def test_other_iri_is_no_site(dataset: Dataset, iri: str) -> None:
    assert dataset.site_by_iri(iri, BASE) is None


def test_identifiers_lie_below_the_id_base_of_the_city(good: Path) -> None:
    city = good / "cities" / "gent.yaml"
    city.write_text("id_base: https://id.gent.example\n" + city.read_text())
    dataset = load_registry(good / "cities", good / "themes").datasets["gent/parking"]
    iri = "https://id.gent.example/gent/id/site/parking/P2"
    assert dataset.site_iri("P2", BASE) == iri
    assert dataset.site_by_iri(iri) is dataset.sites["P2"]
    assert dataset.site_by_iri(f"{BASE}/gent/id/site/parking/P2", BASE) is None


def test_nothing_can_be_changed(dataset: Dataset) -> None:
    with pytest.raises(FrozenInstanceError):
        dataset.licence = "none"  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        dataset.sites["P1"].capacity = 3  # type: ignore[misc]
    with pytest.raises(TypeError):
        dataset.sites["P3"] = dataset.sites["P1"]  # type: ignore[index]


@pytest.mark.parametrize(
    ("language", "expected"), [("en", "Ghent"), ("en-GB", "Ghent"), ("nl", "Gent"), ("fr", "Gent")]
)
def test_text_in_the_language_asked_or_else_in_dutch(dataset: Dataset, language: str, expected: str) -> None:
    assert text(dataset.city.names, language) == expected
