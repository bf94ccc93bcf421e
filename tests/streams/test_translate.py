"""From a foreign sender's names and units to those of the registry."""

from dataclasses import replace

import pytest

from stadspuls.codecs import CODECS, UNSTATED, Decoded, Untyped
from stadspuls.model import Reason, Value
from stadspuls.registry import Registry, Route, Source
from streams.faults import Fault
from streams.translate import translate
from tests.streams.small_city import NOW


def source(**options: object) -> Source:
    given: dict[str, object] = {"codec": "homie", "read": CODECS["homie"], **options}
    return Source(id="x", filter="gent/x/#", theme="air-quality", **given)  # type: ignore[arg-type]


@pytest.fixture
def route(registry: Registry) -> Route:
    found = registry.route("gent/air-quality/A1")
    assert found is not None
    return replace(found, sensor_id=None)


def translated(route: Route, value: Decoded, **options: object) -> Decoded | Fault:
    return translate(value, route, source(**options))


def test_devices_and_properties_are_called_as_in_the_registry(route: Route) -> None:
    given = Decoded("urn:dev:1", NOW, "NO2", 41.2)
    found = translated(route, given, devices={"urn:dev:1": "A1"}, properties={"NO2": "no2"})
    assert found == Decoded("A1", NOW, "no2", 41.2)


def test_the_device_map_goes_before_the_topic_and_the_topic_before_the_payload(route: Route) -> None:
    by_topic = replace(route, sensor_id="A2")
    given = Decoded("a/b", NOW, "no2", 1.0)
    names = []
    for found in (
        translated(by_topic, given, devices={"a/b": "A1"}),
        translated(by_topic, given),
        translated(route, given),
    ):
        assert isinstance(found, Decoded)
        names.append(found.sensor)
    assert names == ["A1", "A2", "a/b"]


@pytest.mark.parametrize(
    ("told", "named", "expected"),
    [(None, {}, 40.0), ("ug/m3", {}, 40.0), ("[ppb]", {}, 76.52), ("ug/m3", {"no2": "[ppb]"}, 76.52)],
)
def test_values_come_into_the_unit_of_their_property(
    route: Route, told: str | None, named: dict[str, str], expected: float
) -> None:
    found = translated(route, Decoded("A1", NOW, "no2", 40.0, told), units=named)
    assert isinstance(found, Decoded)
    assert isinstance(found.value, float)
    assert round(found.value, 2) == expected


def test_a_unit_nobody_stated_is_not_guessed(route: Route) -> None:
    found = translated(route, Decoded("A1", NOW, "no2", 40.0, UNSTATED))
    assert isinstance(found, Fault)
    assert (found.reason, found.sensor, found.observed_property) == (Reason.UNDECODABLE, "A1", "no2")
    assert "name it under `units` of the source" in found.detail
    assert isinstance(translated(route, Decoded("A1", NOW, "no2", 40.0, UNSTATED), units={"no2": "[ppb]"}), Decoded)


def test_a_unit_that_does_not_fit_is_told(route: Route) -> None:
    found = translated(route, Decoded("A1", NOW, "pm10", 40.0, "[ppb]"))
    assert isinstance(found, Fault)
    assert "pm10 is in ug/m3, and '[ppb]' cannot be converted to that" in found.detail


@pytest.mark.parametrize(
    ("dataset", "name", "text", "value"),
    [
        ("gent/air-quality", "no2", "41.2", 41.2),
        ("gent/air-quality", "no2", "-4e1", -40.0),
        ("gent/air-quality", "no2", "nan", "nan"),
        ("gent/air-quality", "no2", "1_0", "1_0"),
        ("gent/air-quality", "unheard-of", "1", "1"),
        ("gent/parking", "occupied", "true", True),
        ("gent/parking", "occupied", "false", False),
        ("gent/parking", "occupied", "yes", "yes"),
        ("gent/parking", "message", "12", "12"),
    ],
)
def test_plain_text_is_read_as_its_property_says(
    registry: Registry, dataset: str, name: str, text: str, value: Value
) -> None:
    route = registry.route(f"{dataset}/x")
    assert route is not None
    found = translated(route, Decoded("A1", NOW, name, Untyped(text)))
    assert isinstance(found, Decoded)
    assert found.value == value
    assert isinstance(found.value, type(value))
