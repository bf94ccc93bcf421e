"""The city and theme files that come with Stadspuls, against the facts they must hold."""

from math import cos, hypot, radians
from pathlib import Path

import pytest

from stadspuls.clock import HOUR
from stadspuls.model import Origin
from stadspuls.registry import Dataset, Registry, load_registry
from stadspuls.settings import ROOT

CENTRE_CITIES = {
    *("aalst", "antwerpen", "brugge", "genk", "gent", "hasselt", "kortrijk"),
    *("leuven", "mechelen", "oostende", "roeselare", "sint-niklaas", "turnhout"),
}
CC0 = "http://creativecommons.org/publicdomain/zero/1.0/"


@pytest.fixture(scope="module")
def registry() -> Registry:
    return load_registry(ROOT / "cities", ROOT / "themes")


@pytest.fixture(scope="module")
def simulated(registry: Registry) -> list[Dataset]:
    return [dataset for dataset in registry.datasets.values() if dataset.origin is Origin.SIMULATED]


def test_every_centre_city_and_brussels_publishes_both_themes(registry: Registry) -> None:
    assert set(registry.cities) == CENTRE_CITIES | {"brussel", "vlaanderen"}
    assert set(registry.cities["vlaanderen"].datasets) == {"air-quality"}
    for slug in CENTRE_CITIES | {"brussel"}:
        assert set(registry.cities[slug].datasets) == {"parking", "air-quality"}


def test_recordings_are_called_replayed_and_all_else_simulated(registry: Registry) -> None:
    replayed = {name for name, dataset in registry.datasets.items() if dataset.origin is Origin.REPLAYED}
    assert replayed == {"gent/parking", "antwerpen/air-quality", "vlaanderen/air-quality"}
    assert not [name for name, dataset in registry.datasets.items() if dataset.origin is Origin.MEASURED]
    assert all(registry.datasets[name].attribution for name in replayed)


def test_recorded_car_parks(registry: Registry) -> None:
    dataset = registry.datasets["gent/parking"]
    assert {site.id: (site.names["nl"], site.capacity) for site in dataset.sites.values()} == {
        "P1": ("Vrijdagmarkt", 647),
        "P2": ("Reep", 449),
        "P4": ("Savaanstraat", 540),
        "P7": ("Sint-Michiels", 465),
        "P8": ("Ramen", 270),
        "P10": ("Sint-Pietersplein", 678),
    }
    for site in dataset.sites:
        assert dataset.site_iri(site, "https://example.org") == f"https://stad.gent/id/parking/{site}"
        assert dataset.datastream(site, "vacantSpaces") is not None


@pytest.mark.parametrize(
    ("name", "station"), [("antwerpen/air-quality", "BETR801"), ("vlaanderen/air-quality", "BETN029")]
)
def test_recorded_stations(registry: Registry, name: str, station: str) -> None:
    dataset = registry.datasets[name]
    assert list(dataset.sites) == list(dataset.sensors) == [station]
    assert dataset.sensors[station].period == HOUR
    assert dataset.datastream(station, "no2") is not None


def test_recorded_values_are_plausible(registry: Registry) -> None:
    no2 = registry.themes["air-quality"].properties["no2"]
    assert no2.plausible is not None
    assert no2.plausible[0] <= 1
    assert no2.plausible[1] >= 240.5


def test_simulated_sites_say_so_and_lie_near_their_centre_apart_from_each_other(simulated: list[Dataset]) -> None:
    for dataset in simulated:
        assert dataset.licence == CC0
        assert len({(site.latitude, site.longitude) for site in dataset.sites.values()}) == len(dataset.sites)
        for site in dataset.sites.values():
            assert "gesimuleerd" in site.names["nl"].lower()
            assert "simulated" in site.names["en"].lower()
            north = (site.latitude - dataset.city.latitude) * 111.2
            east = (site.longitude - dataset.city.longitude) * 111.2 * cos(radians(site.latitude))
            assert hypot(north, east) < 1.5


def test_text_for_people_is_also_in_english_and_in_brussels_in_french(registry: Registry) -> None:
    for dataset in registry.datasets.values():
        wanted = {"nl", "en", "fr"} if dataset.city.slug == "brussel" else {"nl", "en"}
        for langmap in (dataset.city.names, dataset.titles, *(site.names for site in dataset.sites.values())):
            assert wanted <= set(langmap)


def test_five_streets_or_more_are_counted_space_by_space(simulated: list[Dataset]) -> None:
    streets = [(d, site) for d in simulated for site in d.sites.values() if site.kind == "street"]
    assert len({dataset.city.slug for dataset, _ in streets}) >= 5
    for dataset, street in streets:
        spaces = dataset.sensors_of(street.id)
        assert len(spaces) == street.capacity
        assert 12 <= len(spaces) <= 20
        assert {space.properties for space in spaces} == {("occupied",)}


def test_all_sensors_together_stay_few(registry: Registry) -> None:
    assert sum(len(dataset.sensors) for dataset in registry.datasets.values()) <= 400


def test_every_site_has_a_sensor(registry: Registry) -> None:
    for dataset in registry.datasets.values():
        assert all(dataset.sensors_of(site) for site in dataset.sites)


def test_every_property_has_text_and_numbers_have_terms(registry: Registry) -> None:
    for theme in registry.themes.values():
        for prop in theme.properties.values():
            assert {"nl", "en"} <= set(prop.names)
            assert prop.type != "number" or (prop.iri and prop.quantity_kind and prop.unit_iri and prop.possible)


def test_new_theme_is_one_file_and_a_city_entry(tmp_path: Path) -> None:
    for folder in ("cities", "themes"):
        (tmp_path / folder).mkdir()
        for file in (ROOT / folder).glob("*.yaml"):
            (tmp_path / folder / file.name).write_text(file.read_text())
    (tmp_path / "themes" / "noise.yaml").write_text(
        "slug: noise\nnames: {nl: Geluid}\nproperties:\n"
        "  laeq: {names: {nl: LAeq}, unit: dB, possible: {min: 0, max: 200}, max_age: PT5M}\n"
    )
    with (tmp_path / "cities" / "gent.yaml").open("a") as city:
        city.write(
            f"  noise:\n    titles: {{nl: Geluid}}\n    licence: {CC0}\n    origin: measured\n"
            "    sites:\n      - {id: N1, names: {nl: Plein}, kind: square, point: {latitude: 51, longitude: 4}}\n"
            "    sensors:\n      - {id: N1, site: N1, properties: [laeq]}\n"
        )
    route = load_registry(tmp_path / "cities", tmp_path / "themes").route("gent/noise/N1")
    assert route is not None
    stream = route.dataset.datastream("N1", "laeq")
    assert stream is not None
    assert (stream.dataset, stream.unit) == ("gent/noise", "dB")
