"""What city and theme files tell catalogues."""

import os
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from stadspuls.clock import SECOND
from stadspuls.registry import load_registry
from stadspuls.settings import ROOT

CATALOGUE = """\
catalogue:
  data_theme: {iri: http://publications.europa.eu/resource/authority/data-theme/TRAN, names: {nl: Vervoer}}
  keywords: [{nl: parkeren, en: parking}]
  mobility_themes:
    - {iri: https://w3id.org/mobilitydcat-ap/mobility-theme/car-parking-availability, names: {nl: Parkings}}
"""


def test_what_catalogues_need_is_read(good: Path) -> None:
    theme, city = good / "themes" / "parking.yaml", good / "cities" / "gent.yaml"
    theme.write_text(theme.read_text() + CATALOGUE)
    text = city.read_text().replace("    origin:", "    issued: 2016-06-01\n    origin:", 1)
    text = text.replace("contact: {name: Opendatacontact}", "contact: {name: X, page: https://gent.example/contact}")
    city.write_text(text + "areas: [http://data.europa.eu/nuts/code/BE234]\n")
    registry = load_registry(good / "cities", good / "themes")
    found, catalogue = registry.cities["gent"], registry.themes["parking"].catalogue
    assert found.areas == ("http://data.europa.eu/nuts/code/BE234",)
    assert found.contact.page == "https://gent.example/contact"
    assert registry.datasets["gent/parking"].issued == date(2016, 6, 1)
    assert catalogue.data_theme is not None
    assert catalogue.data_theme.names == {"nl": "Vervoer"}
    assert catalogue.keywords == ({"nl": "parkeren", "en": "parking"},)
    assert [each.names["nl"] for each in catalogue.mobility_themes] == ["Parkings"]
    assert catalogue.hvd_categories == ()


def test_without_any_of_it_there_is_nothing_to_tell(good: Path) -> None:
    registry = load_registry(good / "cities", good / "themes")
    assert registry.cities["gent"].areas == ()
    assert registry.datasets["gent/parking"].issued is None
    assert registry.themes["parking"].catalogue.data_theme is None


@pytest.mark.parametrize(
    ("written", "place"),
    [("areas: [Gent]\n", "areas[0]"), ("areas: [mailto:x@example.org]\n", "areas[0]")],
)
def test_an_area_is_an_iri(good: Path, mistakes: Callable[[], list[str]], written: str, place: str) -> None:
    city = good / "cities" / "gent.yaml"
    city.write_text(city.read_text() + written)
    assert any(place in mistake and "IRI" in mistake for mistake in mistakes())


def test_the_registry_knows_when_its_newest_file_was_written(good: Path) -> None:
    for path in good.rglob("*.yaml"):
        os.utime(path, (1_000_000, 1_000_000))
    os.utime(good / "themes" / "parking.yaml", (2_000_000, 2_000_000))
    assert load_registry(good / "cities", good / "themes").changed == 2_000_000 * SECOND


def test_every_shipped_city_names_its_area_and_speaks_three_languages() -> None:
    registry = load_registry(ROOT / "cities", ROOT / "themes")
    for city in registry.cities.values():
        assert len(city.areas) == 1, city.slug
        for dataset in city.datasets.values():
            assert dataset.titles.keys() == dataset.descriptions.keys() == {"nl", "en", "fr"}, dataset.name
