"""Which values of a document can be results: numbers of a float64, booleans, texts."""

import math

from stadspuls.codecs.base import Fault
from stadspuls.codecs.times import shown
from stadspuls.model import Reason, Value

_KINDS = {"dict": "an object", "list": "an array", "bytes": "a string of bytes"}


def usable(name: str, value: object) -> Value | Fault:
    """A value as a result, or what is wrong with it."""
    if isinstance(value, bool | str):
        return value
    if isinstance(value, int | float) and math.isfinite(number := as_float(value)):
        return number
    return unusable(name, value)


def as_float(value: float) -> float:
    """A number as float64; infinite when it is beyond."""
    try:
        return float(value)
    except OverflowError:
        return math.inf


def unusable(name: str, value: object) -> Fault:
    """Why something is no result."""
    if isinstance(value, int | float):
        number = "NaN" if value != value else "infinite"  # noqa: PLR0124 - only NaN differs from itself
        return Fault(Reason.IMPOSSIBLE, f"{shown(name)} is {number} or beyond a float64", name)
    kind = _KINDS.get(type(value).__name__, f"a {type(value).__name__}")
    return Fault(Reason.UNDECODABLE, f"{shown(name)} is {kind}: a value is a number, a boolean or a text", name)
