"""Where a site's message stands: geohash, a level for each character."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apis.mqtt.examples import TOPIC
from apis.mqtt.geohash import ALPHABET, geohash
from apis.mqtt.topics import PRECISION, places, topic_of
from stadspuls.registry import Registry, load_registry
from stadspuls.registry.fields import RESERVED
from stadspuls.settings import load_settings

latitudes = st.floats(-90, 90)
longitudes = st.floats(-180, 180)


def square(code: str) -> tuple[float, float, float, float]:
    """South, north, west, east of a geohash, read from its definition by dividing, not by halving."""
    bits = "".join(f"{ALPHABET.index(character):05b}" for character in code)
    east_bits, north_bits = bits[0::2], bits[1::2]
    width, height = 360 / 2 ** len(east_bits), 180 / 2 ** len(north_bits)
    west = -180 + int(east_bits, 2) * width
    south = -90 + int(north_bits, 2) * height
    return south, south + height, west, west + width


@pytest.mark.parametrize(
    ("latitude", "longitude", "code"),
    [
        pytest.param(57.64911, 10.40744, "u4pruydqqvj", id="Skagen, the example of the scheme's article"),
        pytest.param(42.605, -5.603, "ezs42", id="Leon, the worked example of the same"),
        pytest.param(-25.382708, -49.265506, "6gkzwgjzn820", id="Curitiba"),
        pytest.param(37.8324, 112.5584, "ww8p1r4t8", id="Taiyuan"),
        pytest.param(48.669, -4.329, "gbsuv", id="Brittany"),
        pytest.param(0.0, 0.0, "s0000000", id="the line between belongs to the upper half"),
        pytest.param(90.0, 180.0, "zzzzzzz", id="the last corner"),
        pytest.param(-90.0, -180.0, "0000000", id="the first corner"),
    ],
)
def test_published_vectors(latitude: float, longitude: float, code: str) -> None:
    assert geohash(latitude, longitude, len(code)) == code


@given(latitudes, longitudes, st.integers(1, 9))
def test_a_point_lies_in_its_square(latitude: float, longitude: float, characters: int) -> None:
    code = geohash(latitude, longitude, characters)
    south, north, west, east = square(code)
    assert len(code) == characters
    assert south <= latitude <= north
    assert west <= longitude <= east


@given(latitudes, longitudes, st.integers(1, 8))
def test_every_beginning_is_a_larger_square_of_the_same_point(latitude: float, longitude: float, shorter: int) -> None:
    assert geohash(latitude, longitude, 9)[:shorter] == geohash(latitude, longitude, shorter)


def test_the_last_square_is_as_large_in_flanders_as_is_said() -> None:
    south, north, west, east = square(geohash(51.0, 4.0, PRECISION))
    degree = 111_320  # metres on a meridian
    assert round((north - south) * degree) == 153
    assert round((east - west) * degree * 0.6293) == 96  # cosine of 51 degrees


def test_a_topic_has_city_theme_a_level_for_each_character_and_site(registry: Registry) -> None:
    dataset = registry.datasets["gent/parking"]
    assert topic_of(dataset, dataset.sites["P1"]) == TOPIC
    start, city, theme, *levels, site = TOPIC.split("/")
    assert (start, city, theme, "".join(levels), site) == ("open", "gent", "parking", "u14dky9", "P1")


def test_no_city_can_be_called_as_the_first_level() -> None:
    assert "open" in RESERVED


def test_every_shipped_site_has_a_topic_of_its_own_that_is_no_filter() -> None:
    settings = load_settings(None)
    registry = load_registry(settings.cities_dir, settings.themes_dir)
    datasets = registry.datasets.values()
    found = places(datasets)
    assert len(found) == sum(len(dataset.sites) for dataset in datasets)
    assert not [topic for topic in found if "+" in topic or "#" in topic or len(topic.split("/")) != PRECISION + 4]
