"""The process that keeps the archive; several may share a folder, and one of them works."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event

from apis.archive.archivist import Archivist
from apis.archive.writing import forget_unfinished
from stadspuls.errors import StoreError
from stadspuls.heartbeat import beat
from stadspuls.holding import HeldByOther, held
from stadspuls.logs import get_logger
from stadspuls.metrics import ARCHIVE_FAILURES
from stadspuls.registry import Registry
from stadspuls.settings import Settings
from store import StoreReader
from store.backends import open_reader

LOOK_SECONDS = 20.0
"""Between two looks at the log. A day closes two days after its end, so there is no hurry."""
WORK_SECONDS = 1800.0
"""One look at the log takes moments, or minutes for each day that has closed and is written."""
NICENESS = 10
"""Whoever answers clients or carries readings goes first."""
LOCK = "archive.lock"


def run_archive(settings: Settings, registry: Registry, stop: Event) -> None:
    """Write closed days to the archive until told to stop; does nothing while another process does so."""
    os.setpriority(os.PRIO_PROCESS, 0, NICENESS)
    folder = settings.data_dir / "archive"
    folder.mkdir(parents=True, exist_ok=True)
    while not stop.is_set():
        try:
            with held(folder / LOCK):
                forget_unfinished(folder)
                _work(settings, registry, stop)
        except HeldByOther:
            # It may run elsewhere on the same folder; when it ends, this one takes over.
            beat()
            stop.wait(LOOK_SECONDS)


def _work(settings: Settings, registry: Registry, stop: Event) -> None:
    archivist = Archivist(settings, registry)
    get_logger().info("archive starts")
    while not stop.is_set():
        with _failures_told(), _reader(settings) as reader:
            while not stop.is_set():
                archivist.work(reader, stop)
                beat(WORK_SECONDS)
                stop.wait(LOOK_SECONDS)
        stop.wait(LOOK_SECONDS)
    with _failures_told():
        archivist.keep()


@contextmanager
def _failures_told() -> Iterator[None]:
    try:
        yield
    except (StoreError, OSError) as error:
        ARCHIVE_FAILURES.inc()
        get_logger().error("the archive cannot be worked on; it is tried again", why=str(error))


@contextmanager
def _reader(settings: Settings) -> Iterator[StoreReader]:
    reader = open_reader(settings)
    try:
        yield reader
    finally:
        reader.close()
