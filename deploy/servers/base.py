"""What a server is to us: how it is had, how it is started, when it answers."""

import re
import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

Say = Callable[[str], None]
"""Takes a line for the operator."""

_QUESTION_SECONDS = 20.0
"""A first start of `java` or `rustc` may take seconds on a busy machine."""


@dataclass(frozen=True)
class Missing:
    """Something the system must bring, and how to get it."""

    what: str
    cure: str

    def __str__(self) -> str:
        return f"{self.what} is missing: {self.cure}"


@dataclass(frozen=True)
class Address:
    """Where a server listens."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


class Server(Protocol):
    """One of the servers; the same shape for each, so that commands and tests need to know none of them."""

    @property
    def name(self) -> str:
        """Its name, also that of its folder."""
        ...

    @property
    def version(self) -> str:
        """The version that is installed; the one that would be, when there is none."""
        ...

    @property
    def address(self) -> Address:
        """Where the settings want it.

        Raises:
            SettingsError: when they want it where it cannot be started.
        """
        ...

    @property
    def setting(self) -> str:
        """The environment variable that says where it is."""
        ...

    @property
    def place(self) -> str:
        """What that variable says for a port of this machine, with `{port}` where the port stands."""
        ...

    def missing(self) -> list[Missing]:
        """What the system lacks to install it or, once it is installed, to run it."""
        ...

    def installed(self) -> bool:
        """Whether it can be started."""
        ...

    def install(self, say: Say) -> None:
        """Install it when it is not; `say` hears what takes long.

        Raises:
            InstallError: when that failed; the text names what was missing, or the log.
        """
        ...

    def command(self, folder: Path, port: int) -> list[str]:
        """Prepare `folder` for a server on the loopback address; returns the command that runs it there.

        What an earlier run left in `folder` is kept.

        Raises:
            StartError: when the folder cannot be prepared.
        """
        ...

    def awaits(self, folder: Path, port: int) -> str | None:
        """None once the running server answers and is set up for use, else what is waited for.

        Raises:
            StartError: when it answers, but cannot be used.
        """
        ...


def oldest(what: str, question: Sequence[str], least: tuple[int, ...], cure: str) -> list[Missing]:
    """What is missing when a tool must be there in a version: nothing, or the tool.

    Args:
        what: its name for people.
        question: the command that prints its version on standard output; the first number in it counts.
        least: the oldest version that will do.
        cure: how to get it.
    """
    wanted = f"{what} {'.'.join(map(str, least))} or newer"
    found = _version_of(question)
    if found is None:
        return [Missing(wanted, cure)]
    if found < least:
        return [Missing(f"{wanted} ({'.'.join(map(str, found))} is installed)", cure)]
    return []


def tool(what: str, program: str, cure: str) -> list[Missing]:
    """What is missing when a program must be on the path, in whatever version: nothing, or the program."""
    return [] if shutil.which(program) else [Missing(what, cure)]


def _version_of(question: Sequence[str]) -> tuple[int, ...] | None:
    program = shutil.which(question[0])
    if program is None:
        return None
    try:
        answer = subprocess.run(  # noqa: S603 - the command lines are our own
            [program, *question[1:]], capture_output=True, text=True, timeout=_QUESTION_SECONDS, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    found = re.search(r"\d+(\.\d+)*", answer.stdout)
    return tuple(int(part) for part in found[0].split(".")) if found else None
