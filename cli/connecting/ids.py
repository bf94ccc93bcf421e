"""Ids for what strangers call by names that need not be ids."""

import re
from collections.abc import Container

LONGEST = 64
_NOT_IN_AN_ID = re.compile(r"[^A-Za-z0-9._-]+")


def sensor_id(device: str, taken: Container[str]) -> str:
    """A device's name where it can be a sensor's id, else one made of it that no other sensor has."""
    made = _made(device)
    return made if made == device else free_id(made, taken)


def free_id(name: str, taken: Container[str]) -> str:
    """An id made of a name, with a number where it is taken."""
    made, number = _made(name), 2
    found = made
    while found in taken:
        found = f"{made[: LONGEST - 4]}-{number}"
        number += 1
    return found


def _made(name: str) -> str:
    return _NOT_IN_AN_ID.sub("-", name).lstrip("._-")[:LONGEST].rstrip("-") or "device"
