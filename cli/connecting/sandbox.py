"""A platform of its own that nobody sees: temporary folder, free ports, city files as they are now, no simulators."""

import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from cli.data_dir import emptied_metrics
from cli.services import api_ready
from stadspuls.errors import StartError
from stadspuls.service import tie_to
from stadspuls.settings import PREFIX, ROOT, Settings

STOP_SECONDS = 60.0
TOLD_LINES = 20
_LOOK = 0.1
_LOCAL = "127.0.0.1"


class Sandbox:
    """The platform while it runs.

    Attributes:
        settings: what it runs with; nothing of the environment is in them.
        stop: ends everything that waits for it.
    """

    def __init__(
        self, settings: Settings, process: "subprocess.Popen[bytes]", log: Path, stop: threading.Event
    ) -> None:
        self.settings = settings
        self.stop = stop
        self._process = process
        self._log = log

    def check_going_on(self) -> None:
        """Make sure that it still runs and nobody has said to stop; whoever waits for something asks often.

        Raises:
            StartError: with its last lines, or that it was told to stop.
        """
        if self.stop.is_set():
            raise StartError("told to stop before the end; the sandbox is taken away")
        if (code := self._process.poll()) is not None:
            raise StartError(f"the sandbox has ended ({code}); its last lines:\n{self.last_lines()}")

    def last_lines(self) -> str:
        """What it said last."""
        return "\n".join(self._log.read_text(errors="replace").splitlines()[-TOLD_LINES:])


@contextmanager
def sandbox(settings: Settings, stop: threading.Event) -> Iterator[Sandbox]:
    """A platform with the city and theme files of these settings; it is gone without a trace afterwards.

    Args:
        settings: where the files are.
        stop: ends its start, and every wait for it.

    Raises:
        StartError: when it does not start here, or is told to stop.
    """
    with TemporaryDirectory(prefix="stadspuls-sandbox-") as folder:
        own = _own_settings(settings, Path(folder) / "data")
        log = Path(folder) / "log"
        process = _start(own, Path(folder), log)
        try:
            running = Sandbox(own, process, log, stop)
            ready = api_ready(own.http_host, own.http_port)
            # The supervisor in it gives up by itself when a process does not start.
            while ready() is not None:
                running.check_going_on()
                time.sleep(_LOOK)
            yield running
        finally:
            _stop(process)
            shutil.rmtree(emptied_metrics(own.data_dir), ignore_errors=True)


def _own_settings(settings: Settings, data_dir: Path) -> Settings:
    data_dir.mkdir()
    # Constructed, not loaded: accounts, brokers and stores of the running platform stand in the environment.
    http_port, mqtt_port = _free_ports()
    return Settings.model_construct(
        http_port=http_port,
        mqtt_port=mqtt_port,
        data_dir=data_dir,
        cities_dir=settings.cities_dir.resolve(),
        themes_dir=settings.themes_dir.resolve(),
        simulate=False,
        log_level="warn",
    )


def _free_ports() -> tuple[int, int]:
    with socket.socket() as one, socket.socket() as other:
        for probe in (one, other):
            probe.bind((_LOCAL, 0))
        return one.getsockname()[1], other.getsockname()[1]


def _start(own: Settings, folder: Path, log: Path) -> "subprocess.Popen[bytes]":
    environment = {name: value for name, value in os.environ.items() if not name.upper().startswith(PREFIX)}
    for name in sorted(own.model_fields_set):
        environment[PREFIX + name.upper()] = str(getattr(own, name))
    # Modules that city files name may lie where the environment says.
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    environment.pop("PROMETHEUS_MULTIPROC_DIR", None)
    with log.open("wb") as output:
        return subprocess.Popen(
            [sys.executable, "-m", "cli.main", "up"],
            # Where no `.env` lies.
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            # Ctrl-C is for this command, which then stops the sandbox in its own order.
            start_new_session=True,
            preexec_fn=tie_to(os.getpid()),  # noqa: PLW1509 - started before any thread of ours
        )


def _stop(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        # Its children are tied to it.
        process.kill()
        process.wait()
