"""Units are UCUM: right ones pass, slips of the pen do not."""

import pytest

from stadspuls.registry.units import is_unit

RIGHT = (
    "ug/m3 mg/m3 Cel % hPa 1 dB dB{A} dB[SPL] m/s km/h W/m2 {vehicles} {vehicles}/h /h mm lx [ppb] kg.m-2 10*3/L uS/cm"
)
WRONG = [
    "",
    " ",
    "µg/m3",
    "ug/m³",
    "ug/m3 ",
    "celsius",
    "°C",
    "ug//m3",
    "ugm3",
    "ppb",
    "hpa",
    "m/",
    "dB(A)",
    "-1",
    "m{a b}",
]


@pytest.mark.parametrize("unit", RIGHT.split())
def test_unit_of_ucum_passes(unit: str) -> None:
    assert is_unit(unit)


@pytest.mark.parametrize("unit", WRONG)
def test_other_text_does_not(unit: str) -> None:
    assert not is_unit(unit)
