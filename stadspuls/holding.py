"""A file that one process holds and others can ask about; the kernel lets go of it, whatever ends the process."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_TEXT_BYTES = 4096
_ASKED_SECONDS = 0.2
"""Who only asks holds the file, too, for a moment."""


class HeldByOther(Exception):
    """Another process holds the file; `text` is what it says of itself."""

    def __init__(self, text: str) -> None:
        """Keep what the holder says."""
        self.text = text
        super().__init__(text)


@contextmanager
def held(path: Path) -> Iterator["HeldFile"]:
    """Hold a file, which is made where it is missing, until the block ends.

    Raises:
        HeldByOther: when another process holds it, or this one a second time.
        OSError: when the file cannot be written.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        _lock(descriptor)
        file = HeldFile(descriptor)
        file.say(str(os.getpid()))
        yield file
    finally:
        os.close(descriptor)


class HeldFile:
    """What this process holds; it says its process id until it says something else."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def say(self, text: str) -> None:
        """Replace what others read in the file."""
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, f"{text}\n".encode(), 0)


def said_by_holder(path: Path) -> str | None:
    """What the holder of a file says of itself; None when nobody holds it."""
    with suppress(FileNotFoundError):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return _text(descriptor)
        finally:
            os.close(descriptor)
    return None


def _lock(descriptor: int) -> None:
    deadline = time.monotonic() + _ASKED_SECONDS
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError as error:
            if time.monotonic() > deadline:
                raise HeldByOther(_text(descriptor)) from error
            time.sleep(0.01)


def _text(descriptor: int) -> str:
    return os.pread(descriptor, _TEXT_BYTES, 0).decode().strip()
