"""What a check has found: how it is, what was seen, where, and what to do about it."""

from enum import StrEnum

import msgspec


class Level(StrEnum):
    """How a thing is; from good to bad."""

    GOOD = "good"
    UNKNOWN = "unknown"
    """It could not be looked at."""
    WARNING = "warning"
    """The platform works; it will not for ever, or not for everyone."""
    WRONG = "wrong"


SEVERITY = {level: place for place, level in enumerate(Level)}


class Finding(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing that was looked at."""

    level: Level
    seen: str
    where: str = ""
    """The setting, file or address."""
    cure: str = ""
    """What to do, in words."""
    command: str = ""
    """The same as a command for a shell, where it is one."""


def good(seen: str, where: str = "") -> Finding:
    """Nothing is to be done."""
    return Finding(Level.GOOD, seen, where)


def unknown(seen: str, where: str = "", cure: str = "", command: str = "") -> Finding:
    """It could not be looked at."""
    return Finding(Level.UNKNOWN, seen, where, cure, command)


def warning(seen: str, where: str, cure: str, command: str = "") -> Finding:
    """It works as yet."""
    return Finding(Level.WARNING, seen, where, cure, command)


def wrong(seen: str, where: str, cure: str, command: str = "") -> Finding:
    """It does not work, or lets in who should not be."""
    return Finding(Level.WRONG, seen, where, cure, command)


def worst(findings: list[Finding]) -> Level:
    """The worst level among findings; good where there are none."""
    return max((finding.level for finding in findings), key=SEVERITY.__getitem__, default=Level.GOOD)
