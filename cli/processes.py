"""A child process of the supervisor: in its own process group, and unable to outlive the supervisor."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from cli.backoff import Backoff
from stadspuls.errors import StartError
from stadspuls.service import tie_to

LIFELINE = "STADSPULS_SUPERVISED"
"""Set in the environment of children whose standard input ends when the supervisor is gone."""


def always_ready() -> str | None:
    """The readiness of a process that is ready as soon as it runs."""
    return None


@dataclass(frozen=True, kw_only=True)
class ChildSpec:
    """What a child is: how it starts, when it is ready, when it is stopped."""

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    """What is set beside the supervisor's own environment."""
    ready: Callable[[], str | None] = always_ready
    """None when the child is ready, else what it still waits for."""
    stop_order: int = 0
    """Lower numbers are stopped first; equal ones together."""
    announces: str | None = None
    """The variable, for all children started later, that takes the first line this child prints."""
    speaks: str | None = None
    """What it has once it is ready, when it then prints a line, and nothing before."""
    needs: tuple[str, ...] = ()
    """Children without which this one cannot run: when one of them ends, this one is started anew after it."""
    may_end: bool = False
    """Whether ending with code 0 means that its work is done."""


class Child:
    """One run after another of what a `ChildSpec` describes."""

    def __init__(self, spec: ChildSpec, backoff: Backoff) -> None:
        self.spec = spec
        self.wanted = False
        """Whether the supervisor keeps it running."""
        self.due = 0.0
        """Not to be started before this instant (monotonic seconds)."""
        self.ready = False
        self.announced: str | None = None
        self.killed = False
        self.failures = 0
        """How often it ended unasked."""
        self._backoff = backoff
        self._process: subprocess.Popen[bytes] | None = None
        self._started = 0.0
        self._heard = b""

    @property
    def running(self) -> bool:
        """Whether a process was started whose end has not been noticed yet."""
        return self._process is not None

    @property
    def pid(self) -> int | None:
        """The process id while it runs."""
        return self._process.pid if self._process else None

    def start(self, env: Mapping[str, str]) -> None:
        """Start the process with `env` beside the inherited environment and its own.

        Call it in the main thread, and with no other thread running: the kernel ties a child's life to the thread
        that started it.
        """
        try:
            self._process = subprocess.Popen(  # noqa: S603 - the command lines are our own
                self.spec.argv,
                env={**os.environ, **self.spec.env, **env, LIFELINE: "1"},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE if self.spec.announces or self.spec.speaks else None,
                start_new_session=True,
                preexec_fn=tie_to(os.getpid()),  # noqa: PLW1509 - the supervisor has no threads
            )
        except OSError as error:
            raise StartError(f"{self.spec.name} cannot be started: {error}") from error
        if self._process.stdout:
            os.set_blocking(self._process.stdout.fileno(), False)
        self._started = time.monotonic()
        self._heard = b""
        self.announced = None
        self.ready = self.killed = False

    def check_ready(self) -> str | None:
        """Look whether it is ready by now; returns what it waits for, or None."""
        if (self.spec.announces or self.spec.speaks) and self.announced is None:
            self.announced = self._first_line()
            if self.announced is None:
                return self.spec.speaks or "its address"
        awaited = self.spec.ready()
        self.ready = awaited is None
        return awaited

    def ended(self) -> int | None:
        """The exit code when the process has ended since the last question (negative: the signal), else None."""
        if self._process is None or (code := self._process.poll()) is None:
            return None
        self.kill_group()
        self._close()
        self.ready = False
        return code

    @property
    def ran(self) -> float:
        """The seconds since it was started, 0 when it does not run."""
        return time.monotonic() - self._started if self._process else 0.0

    def schedule(self) -> float:
        """Plan the next start after an unasked end; returns the seconds until then."""
        self.failures += 1
        now = time.monotonic()
        delay = self._backoff.after(now - self._started)
        self.due = now + delay
        return delay

    def ask_to_stop(self) -> None:
        """Send SIGTERM."""
        if self._process:
            self._process.send_signal(signal.SIGTERM)

    def kill_group(self) -> None:
        """Kill the process and everything it left behind in its group."""
        if self._process:
            self.killed = True
            with suppress(ProcessLookupError, PermissionError):  # macOS says the latter of a group of zombies
                os.killpg(self._process.pid, signal.SIGKILL)

    def _first_line(self) -> str | None:
        if self._process and self._process.stdout:
            with suppress(BlockingIOError):
                self._heard += os.read(self._process.stdout.fileno(), 4096)
        line, newline, _ = self._heard.partition(b"\n")
        return line.decode().strip() if newline else None

    def _close(self) -> None:
        if self._process:
            for pipe in (self._process.stdin, self._process.stdout):
                if pipe:
                    pipe.close()
        self._process = None


def die_with_supervisor() -> None:
    """In a Python child: end at once when the supervisor is gone, on every system.

    The supervisor holds the other end of the child's standard input; the kernel closes it whatever ends the
    supervisor.
    """
    if os.environ.get(LIFELINE):
        threading.Thread(target=_await_end_of_input, name="lifeline", daemon=True).start()


def _await_end_of_input() -> None:
    while os.read(0, 1):
        pass
    os.kill(os.getpid(), signal.SIGKILL)
