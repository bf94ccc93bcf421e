"""Values from the unit in which a sensor says them to the unit of their property (UCUM, both).

Fractions of volume (ppb) become concentrations at 293 K and 101.3 kPa, the conditions to which Directive 2008/50/EC
(annex VI, part C) and its successor (EU) 2024/2881 standardise gaseous pollutants: µg/m3 = ppb x M x p / (R x T).
"""

import math
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

MOLAR_MASS = {"no2": "46.0055", "no": "30.0061", "o3": "47.9982", "so2": "64.064", "co": "28.0101", "nh3": "17.0305"}
"""g/mol by property, from the standard atomic weights of IUPAC (2021)."""

_TEMPERATURE = Fraction(293)
_PRESSURE = Fraction(101_300)
_GAS = Fraction("8.314462618")
"""Molar gas constant in J/(mol K), CODATA 2018."""

GAS_DECIMALS = 4
"""A ten-thousandth of a microgram is far below what any instrument tells apart."""

REMEMBERED = 1024
"""Pairs of units that are remembered: payloads name units, and anyone may invent some."""


class _Scale(NamedTuple):
    """A unit as a multiple of its kind's base unit, for temperatures from another zero."""

    kind: str
    factor: Fraction
    zero: Fraction = Fraction(0)


def _kind(kind: str, **factors: str) -> dict[str, _Scale]:
    return {unit: _Scale(kind, Fraction(factor)) for unit, factor in factors.items()}


_SCALES = {
    **_kind("pressure", Pa="1", hPa="100", kPa="1000", mbar="100", bar="100000", atm="101325"),
    **_kind("fraction", **{"1": "1", "%": "1/100", "[ppth]": "1/1000"}),
    **_kind("fraction", **{"[ppm]": "1/1000000", "[ppb]": "1/1000000000", "[pptr]": "1/1000000000000"}),
    **_kind("concentration", **{"g/m3": "1", "mg/m3": "1/1000", "ug/m3": "1/1000000", "ng/m3": "1/1000000000"}),
    **_kind("length", m="1", cm="1/100", mm="1/1000", km="1000"),
    **_kind("speed", **{"m/s": "1", "km/h": "5/18"}),
    "Cel": _Scale("temperature", Fraction(1)),
    "K": _Scale("temperature", Fraction(1), Fraction("-273.15")),
    "[degF]": _Scale("temperature", Fraction(5, 9), Fraction(-160, 9)),
}


class Conversion(NamedTuple):
    """How a number in one unit becomes one in another: `value x factor + offset`."""

    factor: Fraction
    offset: Fraction
    decimals: int | None = None
    """Digits behind the point worth keeping, where the factor is no exact number."""

    def __call__(self, value: float) -> float:
        """The value in the other unit, by its digits as sent; infinite when it leaves a float64."""
        if not math.isfinite(value):
            return value
        try:
            exact = Fraction(repr(value)) * self.factor + self.offset
            return float(exact if self.decimals is None else round(exact, self.decimals))
        except OverflowError:
            return math.inf


@lru_cache(REMEMBERED)
def conversion(unit: str, wanted: str, name: str) -> Conversion | None:
    """How values of the property `name` get from one unit to another; None when they cannot.

    Args:
        unit: what the sensor says, in UCUM.
        wanted: the property's unit.
        name: the property, which for a fraction of volume is the substance (`no2`).
    """
    if unit == wanted:
        return Conversion(Fraction(1), Fraction(0))
    said, meant = _SCALES.get(unit), _SCALES.get(wanted)
    if said is None or meant is None:
        return None
    if said.kind == meant.kind:
        return Conversion(said.factor / meant.factor, (said.zero - meant.zero) / meant.factor)
    if (said.kind, meant.kind) == ("fraction", "concentration") and name in MOLAR_MASS:
        grams = Fraction(MOLAR_MASS[name]) * _PRESSURE / (_GAS * _TEMPERATURE)
        return Conversion(said.factor * grams / meant.factor, Fraction(0), GAS_DECIMALS)
    return None
