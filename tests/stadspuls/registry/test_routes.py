"""An MQTT topic alone decides where a message goes."""

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from stadspuls.registry import Registry, load_registry
from stadspuls.registry.routes import CACHED_LENGTH, CACHED_ROUTES


@pytest.fixture
def registry(good: Path) -> Registry:
    return load_registry(good / "cities", good / "themes")


def test_own_scheme_leads_to_its_dataset(registry: Registry) -> None:
    route = registry.route("gent/parking/S1")
    assert route is not None
    assert route.dataset is registry.datasets["gent/parking"]
    assert (route.codec, route.sensor_id, route.time_zone) == ("json", "S1", None)
    assert route.ignore == frozenset({"firmware"})


def test_unknown_sensor_still_leads_to_its_dataset(registry: Registry) -> None:
    route = registry.route("gent/parking/unheard-of")
    assert route is not None
    assert route.sensor_id == "unheard-of"


def test_foreign_scheme_leads_to_the_dataset_of_its_source(registry: Registry) -> None:
    route = registry.route("gent/tts/v3/app@stad/devices/S2/up")
    assert route is not None
    assert route.dataset is registry.datasets["gent/parking"]
    assert route.sensor_id == "S2"
    assert route.ignore == frozenset({"firmware", "battery"})
    assert route.time_zone == ZoneInfo("Europe/Brussels")


def test_source_without_sensor_level_leaves_the_sensor_to_the_codec(good: Path) -> None:
    city = good / "cities" / "gent.yaml"
    city.write_text(city.read_text().replace("    sensor_level: 6\n", ""))
    route = load_registry(good / "cities", good / "themes").route("gent/tts/v3/app/devices/S2/up")
    assert route is not None
    assert route.sensor_id is None


def test_topic_shorter_than_the_sensor_level_leaves_the_sensor_to_the_codec(good: Path) -> None:
    city = good / "cities" / "gent.yaml"
    city.write_text(city.read_text().replace("gent/tts/v3/+/devices/+/up", "gent/tts/#"))
    route = load_registry(good / "cities", good / "themes").route("gent/tts")
    assert route is not None
    assert route.sensor_id is None


@pytest.mark.parametrize(
    "topic",
    [
        "",
        "gent",
        "gent/parking",
        "gent/parking/S1/extra",
        "gent/air-quality/S1",
        "brugge/parking/S1",
        "/gent/parking/S1",
        "gent/tts/v3/app/devices/S2/down",
        "$SYS/broker/uptime",
    ],
)
def test_topic_that_no_city_awaits_leads_nowhere(registry: Registry, topic: str) -> None:
    assert registry.route(topic) is None


def test_route_is_found_once(registry: Registry) -> None:
    assert registry.route("gent/parking/S1") is registry.route("gent/parking/S1")


def test_invented_topics_do_not_pile_up(registry: Registry) -> None:
    first = registry.route("gent/parking/first")
    for i in range(CACHED_ROUTES):
        registry.route(f"gent/parking/{i}")
    assert registry.route("gent/parking/first") is not first


def test_long_topic_is_routed_but_not_remembered(registry: Registry) -> None:
    topic = "gent/parking/" + "x" * CACHED_LENGTH
    first, second = registry.route(topic), registry.route(topic)
    assert first is not None
    assert second is not None
    assert first is not second
