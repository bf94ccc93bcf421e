"""A server as a child process that can be stopped, killed, held and started again on the same folder and port."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from deploy.servers.base import Address, Server
from deploy.servers.cache import last_lines
from stadspuls.errors import StartError
from stadspuls.settings import ROOT

START_SECONDS = 120.0
"""Kafka is ready in 5 s on an idle machine; on a loaded one that recovers from a kill, not."""
STOP_SECONDS = 30.0
_POLL_SECONDS = 0.1


class Running:
    """One server on one folder and port."""

    def __init__(self, server: Server, folder: Path, port: int) -> None:
        self.server = server
        self.folder = folder
        self.address = Address("127.0.0.1", port)
        self.log = folder / f"{server.name}.log"
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def port(self) -> int:
        """The port it listens on."""
        return self.address.port

    @property
    def pid(self) -> int:
        """Its process id.

        Raises:
            StartError: when it does not run.
        """
        if self._process is None:
            raise StartError(f"{self.server.name} does not run")
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether the process lives (stopped by `pause` counts as living)."""
        return self._process is not None and self._process.poll() is None

    def start(self, seconds: float = START_SECONDS) -> None:
        """Start it, also again, and wait until it answers; started in the main thread it dies with this process.

        Raises:
            StartError: when it ends or does not answer in time, with the last lines of its log.
        """
        self.launch()
        deadline = time.monotonic() + seconds
        try:
            while awaited := self._awaited():
                if time.monotonic() > deadline:
                    raise StartError(self._told(f"does not answer after {seconds:.0f} s: it waits for {awaited}"))
                time.sleep(_POLL_SECONDS)
        except BaseException:
            self.kill()
            raise

    def launch(self) -> None:
        """Start it without waiting."""
        if self.running:
            raise StartError(f"{self.server.name} runs already")
        self.folder.mkdir(parents=True, exist_ok=True)
        command = self.server.command(self.folder, self.port)
        if threading.current_thread() is threading.main_thread():
            command = [sys.executable, "-m", "deploy.servers.tied", str(os.getpid()), *command]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - the command lines are our own
                command,
                cwd=self.folder,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def ready(self) -> bool:
        """Whether it runs and answers now."""
        return self.running and self.server.awaits(self.folder, self.port) is None

    def stop(self, seconds: float = STOP_SECONDS) -> None:
        """Ask it to end and wait for that; one that does not end in time is killed."""
        if self._process is None:
            return
        self._signal(signal.SIGTERM)
        self._signal(signal.SIGCONT)  # one that is held would not hear
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """End it at once, as a power cut would (-9)."""
        self._signal(signal.SIGKILL)
        if self._process is not None:
            self._process.wait()

    def pause(self) -> None:
        """Hold it: connections stay open and nothing answers (SIGSTOP)."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on (SIGCONT)."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(number)

    def _awaited(self) -> str | None:
        if self._process is not None and (code := self._process.poll()) is not None:
            raise StartError(self._told(f"ended with exit code {code} while starting"))
        return self.server.awaits(self.folder, self.port)

    def _told(self, what: str) -> str:
        return f"{self.server.name} {what}; {self.log} says why:\n{last_lines(self.log)}"
