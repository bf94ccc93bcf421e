"""Which level of a foreign topic names the device, and which filter has all devices of the scheme."""

from typing import NamedTuple

from cli.connecting.guess import Guess

_WHOLE_SCHEMES = {"homie": "5", "sparkplug-b": "spBv1.0"}
"""Codecs that read everything below a level of that name."""
_SAYS_NO_NAME = {
    *(
        "up",
        "uplink",
        "down",
        "event",
        "events",
        "state",
        "status",
        "data",
        "telemetry",
        "value",
        "values",
        "raw",
        "out",
    ),
    *("measurement", "measurements", "reading", "readings", "message", "messages", "attributes", "json", "tx"),
}


class Place(NamedTuple):
    """Where a device stands in its topic."""

    device: str
    filter: str
    level: int | None
    """The level that names it, the city being 1; None: the payload does, or the whole topic."""
    scheme: str
    """What the scheme may be called: the first level below the city, where that names no device."""


def place_of_device(topic: str, guess: Guess) -> Place:
    """The device of a message that a guessed codec reads."""
    levels = topic.split("/")
    told = guess.values[0].sensor
    marker = _WHOLE_SCHEMES.get(guess.codec)
    if told is not None and marker in levels[1:]:
        head = levels[: levels.index(marker, 1) + 1]
        return Place(told, "/".join([*head, "#"]), None, guess.codec)
    if told is not None:
        return Place(told, _widened(levels, _naming(levels, told)), None, _scheme(levels, told))
    number = next((i for i in range(len(levels) - 1, 0, -1) if levels[i].lower() not in _SAYS_NO_NAME), len(levels) - 1)
    return Place(levels[number], _widened(levels, number), number + 1, _scheme(levels, levels[number]))


def _naming(levels: list[str], device: str) -> int | None:
    """The level that has the device's name, alone or in brackets."""
    named = [i for i in range(1, len(levels)) if levels[i] == device or levels[i].endswith(f"({device})")]
    return named[-1] if named else None


def _widened(levels: list[str], number: int | None) -> str:
    return "/".join("+" if i == number else level for i, level in enumerate(levels))


def _scheme(levels: list[str], device: str) -> str:
    return levels[1] if len(levels) > 2 and levels[1] != device else ""
