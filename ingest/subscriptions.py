"""What a bridge takes from the broker, and on which sessions.

A session belongs to what is taken, not to the bridge that holds it: the broker keeps it while a city moves from one
bridge to another. Where the same client id would take something else than before, there is another session instead,
and the earlier one brings what the broker has kept for it: nothing that was left to others is dropped from a queue that
began before those others were there.
"""

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from stadspuls.errors import SettingsError
from stadspuls.files import EVERYBODY_READS, write_whole
from stadspuls.settings import Settings

EVERYTHING = "#"
"""Every topic but those that begin with `$`."""
NAME = "bridge-sessions"
"""In the data folder: the sessions of several cities that this bridge has had, by what their client ids end with."""


class Subscription(NamedTuple):
    """What a session is for."""

    filter: str = EVERYTHING
    suffix: str = ""
    """What its client id has behind the bridge's."""
    ended: bool = False
    """It gets nothing more, and brings what the broker has kept for it."""
    leaves: frozenset[str] = frozenset()
    """Cities that are left to their own bridges."""


def subscriptions(settings: Settings) -> list[Subscription]:
    """What this bridge takes; it is remembered in the data folder what it took.

    Raises:
        SettingsError: when the data folder cannot be used.
    """
    if settings.bridge_cities:
        cities = settings.bridge_cities.split(",")
        wanted = [Subscription(f"{city}/{EVERYTHING}", f"-{city}") for city in cities]
        return [*wanted, *_ended(settings, ())]
    leaves = frozenset(filter(None, settings.bridge_leaves.split(",")))
    wide = Subscription(EVERYTHING, _suffix(leaves), leaves=leaves)
    return [wide, *_ended(settings, [wide.suffix])]


def _suffix(leaves: frozenset[str]) -> str:
    """Another one for each choice of cities, and short, as brokers like client ids."""
    return f"-without-{hashlib.sha256(' '.join(sorted(leaves)).encode()).hexdigest()[:12]}" if leaves else ""


def _ended(settings: Settings, now: Iterable[str]) -> list[Subscription]:
    """The sessions of earlier choices; those of a city are another bridge's by now."""
    file = settings.data_dir / NAME
    try:
        known = _read(file)
        if not known.issuperset(now):
            file.parent.mkdir(parents=True, exist_ok=True)
            lines = "".join(f"{suffix or EVERYTHING}\n" for suffix in sorted(known.union(now)))
            write_whole(file, lines.encode(), EVERYBODY_READS)
    except OSError as error:
        raise SettingsError(f"data_dir: {file} cannot be used: {error.strerror}") from error
    return [Subscription(EVERYTHING, suffix, ended=True) for suffix in sorted(known.difference(now))]


def _read(file: Path) -> set[str]:
    try:
        return {"" if line == EVERYTHING else line for line in file.read_text().splitlines()}
    except FileNotFoundError:
        return set()
