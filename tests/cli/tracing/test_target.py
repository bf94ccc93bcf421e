"""Which sensor a text names."""

import pytest

from cli.tracing.target import target_of, unknown
from stadspuls.errors import TraceError
from stadspuls.registry import load_registry
from stadspuls.settings import ROOT

REGISTRY = load_registry(ROOT / "cities", ROOT / "themes")


@pytest.mark.parametrize(
    "text",
    ["gent/parking/P1", "https://stad.example/data/gent/id/sensor/parking/P1", "/gent/id/sensor/parking/P1", "P1"],
)
def test_a_sensor_is_named_in_several_ways(text: str) -> None:
    target = target_of(text, REGISTRY)
    assert (str(target), target.registered) == ("gent/parking/P1", True)


def test_a_device_that_is_not_registered_can_be_looked_for() -> None:
    target = target_of("gent/parking/nobody", REGISTRY)
    assert (target.dataset.name, target.sensor, target.registered) == ("gent/parking", "nobody", False)
    assert str(unknown(target)) == (
        "gent/parking has no sensor 'nobody', and nothing came in for it; its sensors: P1, P2, P4, P7, P8, P10"
    )


def test_an_id_that_several_sensors_have_is_ambiguous() -> None:
    with pytest.raises(TraceError, match=r"several sensors have the id 'station-1'; they are: aalst/air-quality/st"):
        target_of("station-1", REGISTRY)


def test_an_id_that_nobody_has_names_those_like_it() -> None:
    with pytest.raises(TraceError, match=r"^no dataset has a sensor 'P11'; like it are: P1, P10"):
        target_of("P11", REGISTRY)


def test_a_dataset_that_is_mistyped_names_those_like_it() -> None:
    with pytest.raises(TraceError, match=r"has 'gnt/parking/P1'; datasets like it: gent/parking"):
        target_of("gnt/parking/P1", REGISTRY)


def test_a_city_alone_is_no_sensor() -> None:
    with pytest.raises(TraceError, match=r"has 'gent/parking'"):
        target_of("gent/parking", REGISTRY)
