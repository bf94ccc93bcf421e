"""The data folder: writable, and of one platform at a time."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from stadspuls.errors import StartError

LOCK = "stadspuls.lock"
METRICS = "metrics"


@contextmanager
def claimed(data_dir: Path) -> Iterator[Path]:
    """Make the folder when it is missing and hold it for this process; the kernel lets go whatever ends it.

    Raises:
        StartError: when it cannot be written, or another platform runs on it.
    """
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(data_dir / LOCK, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise StartError(
            f"The data folder {data_dir} cannot be written ({error.strerror}): choose another with STADSPULS_DATA_DIR"
        ) from error
    try:
        _lock(descriptor, data_dir)
        yield data_dir
    finally:
        os.close(descriptor)


def emptied_metrics(data_dir: Path) -> Path:
    """The folder in which the processes share their metrics, without those of an earlier run."""
    folder = data_dir / METRICS
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return folder


def _lock(descriptor: int, data_dir: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        pid = os.pread(descriptor, 32, 0).decode().strip()
        raise StartError(
            f"Stadspuls already runs on {data_dir} (pid {pid}): stop it (kill {pid}) "
            "or choose another data folder with STADSPULS_DATA_DIR"
        ) from error
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
