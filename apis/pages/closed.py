"""Closed pages as they were written once: compressed on disk for every API process, the latest asked for in memory."""

import gzip
from collections import OrderedDict
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import NamedTuple

from stadspuls.clock import rfc3339
from stadspuls.files import write_new
from stadspuls.logs import get_logger

LEVEL = 6
"""A closed page is compressed once and sent many times."""
MEMORY_BYTES = 64 * 1024 * 1024
"""Of compressed pages kept in memory."""
SUFFIX = ".gz"
TO_THE_SECOND = len("2026-01-05T06:00:00")


class Key(NamedTuple):
    """A closed page in one form: `gent/parking`, its start, `trig`."""

    dataset: str
    start: int
    variant: str


class Kept(NamedTuple):
    """What is sent: the body, compressed, and its entity tag."""

    body: bytes
    tag: str


class ClosedPages:
    """Closed pages below a folder: `<base>/<city>/<theme>/<start>.<variant>.gz`.

    `<base>` stands for the public address, which is part of every identifier in a page.
    """

    def __init__(self, folder: Path, base_url: str) -> None:
        self._folder = folder / sha256(base_url.encode()).hexdigest()[:12]
        self._memory: OrderedDict[Key, Kept] = OrderedDict()
        self._bytes = 0
        self._lock = Lock()

    def in_memory(self, key: Key) -> Kept | None:
        """The page, where it was asked for of late."""
        with self._lock:
            kept = self._memory.get(key)
            if kept is not None:
                self._memory.move_to_end(key)
            return kept

    def load(self, key: Key) -> Kept | None:
        """The page from disk; None when it was not written yet. It does not touch the store."""
        try:
            body = self._path(key).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            get_logger().error("a kept page cannot be read", page=str(self._path(key)), why=str(error))
            return None
        return self._remember(key, body)

    def keep(self, key: Key, written: bytes) -> Kept:
        """Write a page, unless another process was first: then that one counts."""
        body = gzip.compress(written, LEVEL, mtime=0)
        path = self._path(key)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with suppress(FileExistsError):
                # What is there already was perhaps sent to somebody as immutable.
                write_new(path, body)
            body = path.read_bytes()
        except OSError as error:
            # It is the same when it is made again: without a disk that only costs time.
            get_logger().error("a closed page cannot be kept", page=str(path), why=str(error))
        return self._remember(key, body)

    def forget(self, dataset: str, before: int) -> None:
        """Delete the dataset's pages that start before a whole second; also those of former public addresses."""
        with self._lock:
            for key in [key for key in self._memory if key.dataset == dataset and key.start < before]:
                self._bytes -= len(self._memory.pop(key).body)
        for path in self._folder.parent.glob(f"*/{dataset}/*{SUFFIX}"):
            # Names are instants in UTC of one form up to the second, so they sort as text.
            if path.name[:TO_THE_SECOND] < rfc3339(before)[:TO_THE_SECOND]:
                path.unlink(missing_ok=True)

    def _path(self, key: Key) -> Path:
        return self._folder / key.dataset / f"{rfc3339(key.start)}.{key.variant}{SUFFIX}"

    def _remember(self, key: Key, body: bytes) -> Kept:
        kept = Kept(body, f'W/"{sha256(body).hexdigest()[:16]}"')
        with self._lock:
            before = self._memory.pop(key, None)
            self._bytes += len(body) - (len(before.body) if before else 0)
            self._memory[key] = kept
            while self._bytes > MEMORY_BYTES and len(self._memory) > 1:
                _, old = self._memory.popitem(last=False)
                self._bytes -= len(old.body)
        return kept
