"""Where a guide's reader sits: a checkout of their own, two terminals, and ports that nobody else has.

What differs from the reader's: the checkout holds copies of `cities/` and `themes/` and links to the rest, with the
environment that runs the test as its `.venv`; and every port that a guide names is replaced by a free one, in its
commands, in its outputs, and in the platform's settings. The files with which mosquitto's clients are set up give them
the port that they take when nothing is said. And since no reader types as fast: after `registry apply` the next block
waits until the first terminal says that bridge, door, `streams` and API have taken that version up.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import IO

import httpx

from tests.guides.guide import Block, Way, is_shown
from tests.platform.running import ROOT, START_LIMIT, eventually, free_port

PORTS = {"8080": "HTTP_PORT", "1883": "MQTT_PORT", "8883": "", "8090": ""}
"""Ports of the guides; those that are a setting by default are given as such."""
LIMIT = 120.0
"""Seconds that one block may take, or may need until it shows what it must."""
_BASH = shutil.which("bash") or "bash"
_LINKED = ("Makefile", "pyproject.toml", "requirements", "deploy")
_SHELL = """\
set -a
if [ -e "$DESK/state" ]; then . "$DESK/state"; cd "$PWD"; fi
trap 'export -p > "$DESK/state"' EXIT
. "$DESK/block"
"""


class Desk:
    """A checkout to follow one guide in."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._ports = {port: str(free_port()) for port in PORTS}
        self._first: subprocess.Popen[bytes] | None = None
        self._log = folder / "terminal-1"
        checkout = folder / "stadspuls"
        _lay_out(checkout)
        self._environment = self._make_environment()
        self._run("cd stadspuls\n")

    def type(self, block: Block) -> None:
        """Do what the reader does with a block, and look at what it shows."""
        commands, shows = self._here(block.commands), None if block.shows is None else self._here(block.shows)
        if block.way is Way.TERMINAL_1:
            self._start(commands, shows)
        elif block.way is Way.CTRL_C:
            self.leave()
        elif block.way is not Way.NOT_RUN:
            self._try_out(commands, shows, block.way)

    def leave(self) -> None:
        """Ctrl-C in the first terminal."""
        if self._first is None:
            return
        os.killpg(self._first.pid, signal.SIGINT)
        try:
            self._first.wait(LIMIT)
        finally:
            _end(self._first)
            self._first = None

    def _make_environment(self) -> dict[str, str]:
        # As mosquitto's clients read it: one option and its value a line.
        for client in ("mosquitto_pub", "mosquitto_sub"):
            (self._folder / client).write_text(f"-h 127.0.0.1\n-p {self._ports['1883']}\n")
        own = {f"STADSPULS_{name}": self._ports[port] for port, name in PORTS.items() if name}
        own |= {
            f"STADSPULS_{name}_DIR": str(self._folder / "stadspuls" / name.lower()) for name in ("CITIES", "THEMES")
        }
        clean = {name: value for name, value in os.environ.items() if not name.startswith("STADSPULS_")}
        return clean | own | {"DESK": str(self._folder), "XDG_CONFIG_HOME": str(self._folder), "no_proxy": "*"}

    def _here(self, text: str) -> str:
        return re.sub(r"\b(?:8080|1883|8883|8090)\b", lambda found: self._ports[found[0]], text)

    def _try_out(self, commands: str, shows: str | None, way: Way) -> None:
        deadline = time.monotonic() + LIMIT
        while True:
            code, shown = self._run(commands)
            fits = (code != 0) is (way is Way.FAILS) and (shows is None or is_shown(shown, shows))
            if fits or way is not Way.REPEAT or time.monotonic() > deadline:
                break
            time.sleep(0.1)
        self._wait_for_registry(shown)
        told = f"ended with {code}, and showed\n{shown}\n"
        assert fits, f"{commands}{told}" + ("" if shows is None else f"where the guide says\n{shows}")

    def _wait_for_registry(self, shown: str) -> None:
        applied = re.search(r"^version (\w+) is in force$", shown, re.MULTILINE)
        if applied is None or self._first is None:
            return
        door = ("door",) if self._says("door opens") else ()
        for service in ("bridge", "streams", "api", *door):
            eventually(partial(self._says, rf"registry taken up +registry={applied[1]} +service={service}\b"), LIMIT)

    def _says(self, pattern: str) -> bool:
        return re.search(pattern, self._log.read_text()) is not None

    def _run(self, commands: str) -> tuple[int, str]:
        (self._folder / "block").write_text(commands)
        output = self._folder / "terminal-2"
        with output.open("wb") as shown:
            typing = self._open_terminal(_SHELL, self._folder, shown)
        try:
            return typing.wait(LIMIT), output.read_text()
        finally:
            _end(typing)

    def _start(self, commands: str, shows: str | None) -> None:
        assert self._first is None, "the first terminal is in use"
        with self._log.open("wb") as log:
            self._first = self._open_terminal(commands, self._folder / "stadspuls", log)
        eventually(self._is_ready, START_LIMIT)
        if shows is not None:
            eventually(lambda: is_shown(self._log.read_text(), shows))

    def _open_terminal(self, commands: str, folder: Path, output: IO[bytes]) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [_BASH, "-ec", commands],
            cwd=folder,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            # A terminal's own group, to which Ctrl-C goes.
            start_new_session=True,
        )

    def _is_ready(self) -> bool:
        assert self._first is not None
        assert self._first.poll() is None, self._log.read_text()
        with suppress(httpx.TransportError):
            return httpx.get(f"http://127.0.0.1:{self._ports['8080']}/health/ready", trust_env=False).is_success
        return False


def _end(terminal: subprocess.Popen[bytes]) -> None:
    """Close a terminal, with what may still run in it."""
    with suppress(ProcessLookupError):
        os.killpg(terminal.pid, signal.SIGKILL)
    terminal.wait(LIMIT)


def _lay_out(checkout: Path) -> None:
    checkout.mkdir()
    for name in ("cities", "themes"):
        shutil.copytree(ROOT / name, checkout / name)
    for name in _LINKED:
        (checkout / name).symlink_to(ROOT / name)
    environment = checkout / ".venv"
    environment.mkdir()
    for part in Path(sys.prefix).iterdir():
        if not part.name.startswith("."):
            (environment / part.name).symlink_to(part)
    # For make: nothing is left to be set up.
    (environment / ".python").touch()
    (environment / ".ready").touch()
