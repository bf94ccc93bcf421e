"""Grafana's colours on its dark background: of thresholds, by name, and of lines, one after the other."""

from collections.abc import Mapping
from typing import Any

_NAMED = {
    "green": "#73bf69",
    "yellow": "#fade2a",
    "orange": "#ff9830",
    "red": "#f2495c",
    "blue": "#5794f2",
    "purple": "#b877d9",
    "transparent": "transparent",
}
_LIGHT, _DARK = "#ccccdc", "#16181c"
_CLASSIC = (
    *("#73bf69", "#f2cc0c", "#8ab8ff", "#ff780a", "#f2495c", "#5794f2", "#b877d9", "#705da0"),
    *("#37872d", "#fade2a", "#447ebc", "#c15c17", "#890f02", "#0a437c", "#6d1f62", "#584477"),
)


def named(colour: str) -> str:
    """A colour that a board names.

    Raises:
        KeyError: when Grafana has no such name.
    """
    return _NAMED[colour]


def upon(colour: str) -> str:
    """The colour of text upon a tile of that colour."""
    return _LIGHT if colour == "transparent" else _DARK


def of_line(number: int) -> str:
    """The colour of a line by its number; they begin again after the last."""
    return _CLASSIC[number % len(_CLASSIC)]


def steps(defaults: Mapping[str, Any]) -> list[tuple[float, str]]:
    """From which value on which colour holds; the first from minus infinity."""
    found = defaults["thresholds"]["steps"]
    return [(float("-inf") if one["value"] is None else one["value"], named(one["color"])) for one in found]


def of_value(value: float, defaults: Mapping[str, Any]) -> str:
    """The colour of the step that a value has reached."""
    return [colour for start, colour in steps(defaults) if value >= start][-1]
