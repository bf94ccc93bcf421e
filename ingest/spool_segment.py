"""One file of the spool: grows at its end, is read anywhere, is removed whole."""

import contextlib
import fcntl
import os
import secrets
from array import array
from bisect import bisect_right
from pathlib import Path
from typing import Self

from ingest.spool_records import HEADER_BYTES, Extent, Kind, Record, is_body, read_header, scan
from stadspuls.errors import SpoolError
from stadspuls.files import sync_folder

SUFFIX = ".spool1"
"""Names the format's version; a file of another version is refused by name."""
DAMAGED = "damaged"
"""Folder for what could not be read back."""


class Disk:
    """What makes writes outlast a loss of power; a test puts a disk here that forgets."""

    def sync(self, descriptor: int) -> None:
        """Return once everything written to a file is on the disk."""
        getattr(os, "fdatasync", os.fsync)(descriptor)

    def sync_folder(self, folder: Path) -> None:
        """Return once files made or removed in a folder are so on the disk too."""
        sync_folder(folder)


class Segment:
    """A file named `<place in the order>-<salt>`; `append` belongs to one thread, the rest to who has the lock."""

    def __init__(self, path: Path, disk: Disk) -> None:
        self.path = path
        self.order, self.salt = _parsed(path)
        self.size = 0
        self.last: dict[int, int] = {}
        """The number of the newest frame of each partition."""
        self._disk = disk
        self._synced = 0
        self._file = path.open("ab+", buffering=0)
        self._index: dict[int, tuple[array[int], array[int]]] | None = None

    @classmethod
    def create(cls, folder: Path, order: int, disk: Disk) -> Self:
        """A new, empty file, whose name is on the disk."""
        segment = cls(folder / f"{order:012d}-{secrets.randbits(32):08x}{SUFFIX}", disk)
        segment._index = {}
        disk.sync_folder(folder)
        return segment

    def append(self, data: bytes, sync: bool) -> None:
        """Write at the end, all or nothing; with `sync` return once it is on the disk.

        Raises:
            OSError: what the disk said; then the file should be left as it is, for nobody knows what a failed
                sync has done.
        """
        try:
            view = memoryview(data)
            while view:
                view = view[os.write(self._file.fileno(), view) :]
            if sync:
                self._disk.sync(self._file.fileno())
        except OSError:
            # Should this fail too, the records behind `size` are found again at the next start: twice is harmless.
            with contextlib.suppress(OSError):
                self.cut(self._synced)
            self.size = self._synced
            raise
        self.size += len(data)
        if sync:
            self._synced = self.size

    def cut(self, size: int) -> None:
        """Forget everything behind `size`."""
        os.ftruncate(self._file.fileno(), size)
        self._disk.sync(self._file.fileno())
        self.size = self._synced = size

    def note(self, record: Record) -> None:
        """Take a frame that has been appended into what can be read."""
        self.last[record.partition] = record.number
        if self._index is not None:
            numbers, starts = self._index.setdefault(record.partition, (array("Q"), array("Q")))
            numbers.append(record.number)
            starts.append(record.start)

    def read_all(self) -> bytes:
        """The whole file."""
        data = self.path.read_bytes()
        self.size = self._synced = len(data)
        return data

    def forget_index(self) -> None:
        """Free memory; `first_after` reads the file again."""
        self._index = None

    def first_after(self, partition: int, number: int) -> Record | None:
        """The first frame of a partition that has a higher number, None when there is none."""
        if self._index is None:
            self._load()
        assert self._index is not None  # noqa: S101 - loaded above
        numbers, starts = self._index.get(partition, (array("Q"), array("Q")))
        place = bisect_right(numbers, number)
        if place == len(numbers):
            return None
        start = starts[place]
        record = read_header(os.pread(self._file.fileno(), HEADER_BYTES, start), 0, self.salt, start)
        # A header that has gone bad since it was indexed: one that nothing fits takes its place.
        return record or Record(Kind.FRAME, partition, numbers[place], 0, 0, start, 0, -1)

    def body(self, record: Record) -> bytes | None:
        """A record's body, None when it is not what was written."""
        body = os.pread(self._file.fileno(), record.length, record.body)
        return body if is_body(body, record, self.salt) else None

    def keep_aside(self, extent: Extent) -> Path:
        """Copy a damaged piece to where nobody removes it; the same piece always to the same file."""
        folder = self.path.parent / DAMAGED
        folder.mkdir(exist_ok=True)
        kept = folder / f"{self.path.stem}-{extent.start}"
        with kept.open("wb") as file:
            file.write(os.pread(self._file.fileno(), extent.end - extent.start, extent.start))
            file.flush()
            self._disk.sync(file.fileno())
        self._disk.sync_folder(folder)
        return kept

    def close(self) -> None:
        """Give the file back."""
        self._file.close()

    def remove(self) -> None:
        """Delete the file; the caller syncs the folder."""
        self.forget_index()
        self.close()
        self.path.unlink(missing_ok=True)

    def _load(self) -> None:
        self._index = {}
        for record in scan(os.pread(self._file.fileno(), self.size, 0), self.salt).records:
            if record.kind == Kind.FRAME:
                self.note(record)


def _parsed(path: Path) -> tuple[int, int]:
    order, _, salt = path.stem.partition("-")
    try:
        return int(order), int(salt, 16)
    except ValueError as error:
        raise SpoolError(f"{path} is no file of a spool") from error


def claimed(folder: Path, disk: Disk) -> int:
    """Make the folder when it is missing, and hold it against other bridges; the kernel lets go whatever ends us."""
    try:
        if not folder.is_dir():
            folder.mkdir(parents=True)
            disk.sync_folder(folder.parent)
        claim = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise SpoolError(f"the spool in {folder} cannot be used: {error.strerror}") from error
    try:
        fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(claim)
        raise SpoolError(f"another process uses the spool in {folder}") from error
    return claim
