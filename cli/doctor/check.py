"""The shape of every check, and what each is given to look at."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

from cli.data_dir import LOCK
from cli.doctor.finding import Finding
from stadspuls.holding import said_by_holder
from stadspuls.settings import Settings

START = "start the servers with `.venv/bin/stadspuls servers start`"
"""The cure where a server of the real profile is not there."""


@dataclass(frozen=True)
class Subject:
    """The platform that is looked at."""

    settings: Settings
    """Those in force; what cannot be used is left at its default."""
    mistakes: tuple[Finding, ...]
    """What was wrong with them."""
    env_file: Path
    api: str
    """Where its API is asked."""

    @property
    def supervisor(self) -> int | None:
        """The process of the `up` that runs on its data folder; None when there is none that can be seen."""
        try:
            said = said_by_holder(self.settings.data_dir / LOCK)
        except OSError:
            return None
        return int(said) if said and said.isdecimal() else None

    def is_ours(self, pid: int) -> bool:
        """Whether a process belongs to that `up`."""
        supervisor = self.supervisor
        try:
            return supervisor is not None and supervisor in {pid, *(each.pid for each in psutil.Process(pid).parents())}
        except psutil.Error:
            return False


@dataclass(frozen=True)
class Check:
    """One thing to look at.

    Attributes:
        name: what it is called, once.
        what: what it looks at, for people.
        look: yields what it finds; a check that yields nothing has nothing to look at here.
        needs: checks without which it makes no sense; they come earlier in the list of all.
    """

    name: str
    what: str
    look: Callable[[Subject], Iterator[Finding]]
    needs: tuple[str, ...] = ()


def is_root() -> bool:
    """Whether this process may do everything."""
    return os.geteuid() == 0
