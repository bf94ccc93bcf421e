"""Units: what converts into what, and the factors at 293 K that the Union's law asks for."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stadspuls.codecs.conversion import conversion


def converted(value: float, unit: str, wanted: str, name: str = "x") -> float:
    found = conversion(unit, wanted, name)
    assert found is not None
    return found(value)


@pytest.mark.parametrize(
    ("substance", "unit", "wanted", "factor"),
    [
        # Rounded as air quality networks publish them for 293 K and 101.3 kPa.
        ("no2", "[ppb]", "ug/m3", 1.913),
        ("o3", "[ppb]", "ug/m3", 1.996),
        ("no", "[ppb]", "ug/m3", 1.248),
        ("so2", "[ppb]", "ug/m3", 2.664),
        ("co", "[ppm]", "mg/m3", 1.165),
    ],
)
def test_a_fraction_of_volume_becomes_a_concentration_at_293_kelvin(
    substance: str, unit: str, wanted: str, factor: float
) -> None:
    assert round(converted(1.0, unit, wanted, substance), 3) == factor


@pytest.mark.parametrize(
    ("value", "unit", "wanted", "expected"),
    [
        (100659.0, "Pa", "hPa", 1006.59),
        (1013.25, "hPa", "Pa", 101325.0),
        (101.3, "kPa", "hPa", 1013.0),
        (1013.0, "mbar", "hPa", 1013.0),
        (296.25, "K", "Cel", 23.1),
        (23.1, "Cel", "K", 296.25),
        (212.0, "[degF]", "Cel", 100.0),
        (-40.0, "Cel", "[degF]", -40.0),
        (0.81, "1", "%", 81.0),
        (1.2, "mg/m3", "ug/m3", 1200.0),
        (36.0, "km/h", "m/s", 10.0),
        (41.2, "ug/m3", "ug/m3", 41.2),
    ],
)
def test_units_of_one_kind_convert_to_the_digit(value: float, unit: str, wanted: str, expected: float) -> None:
    assert converted(value, unit, wanted) == expected


@pytest.mark.parametrize(
    ("unit", "wanted", "name"),
    [
        ("[ppb]", "ug/m3", "pm10"),
        ("ug/m3", "[ppb]", "no2"),
        ("Cel", "hPa", "pressure"),
        ("furlong", "m", "x"),
        ("Pa", "?", "x"),
    ],
)
def test_what_cannot_be_converted_is_not(unit: str, wanted: str, name: str) -> None:
    assert conversion(unit, wanted, name) is None


def test_a_number_that_leaves_a_float64_is_infinite() -> None:
    assert math.isinf(converted(1e308, "bar", "Pa"))
    assert math.isnan(converted(math.nan, "bar", "Pa"))


@given(st.floats(-1e12, 1e12), st.sampled_from([("Pa", "hPa"), ("K", "Cel"), ("[degF]", "K"), ("%", "1")]))
def test_there_and_back_is_the_same(value: float, units: tuple[str, str]) -> None:
    back = converted(converted(value, *units), units[1], units[0])
    assert math.isclose(back, value, rel_tol=1e-12, abs_tol=1e-9)
