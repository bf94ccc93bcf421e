"""Files inside a backup: records, each behind its length in four bytes, hashed while they are written or read."""

import os
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import IO

from stadspuls.errors import BackupError
from store.backup.manifest import Member

LENGTH = struct.Struct(">I")
MOST_BYTES = 64 * 1024 * 1024
"""Of one record: far above what Kafka carries, and small enough to read whole."""
CHUNK = 1024 * 1024

LEVEL = 1
"""Of compression, the fastest."""

OWNER_ONLY = 0o600
"""Rejections hold device ids and free bytes."""


class MemberWriter:
    """Writes one file inside."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._digest = sha256()
        self._bytes = 0

    def write(self, data: bytes) -> None:
        """Add bytes as they are."""
        self._stream.write(data)
        self._digest.update(data)
        self._bytes += len(data)

    def write_record(self, record: bytes) -> None:
        """Add a record behind its length."""
        self.write(LENGTH.pack(len(record)))
        self.write(record)

    def described(self) -> Member:
        """What the manifest says of it."""
        return Member(self._bytes, self._digest.hexdigest())


@contextmanager
def new_archive(file: Path) -> Iterator[zipfile.ZipFile]:
    """A zip file that is there, whole and on the disk, only when the block ends well.

    Raises:
        BackupError: when it cannot be written.
    """
    part = file.with_name(f"{file.name}.part")
    try:
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, OWNER_ONLY)
        try:
            with os.fdopen(descriptor, "wb") as stream:
                with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=LEVEL) as archive:
                    yield archive
                stream.flush()
                os.fsync(stream.fileno())
            part.replace(file)
        except BaseException:
            with suppress(OSError):
                part.unlink()
            raise
    except OSError as error:
        raise BackupError(f"{file} cannot be written: {error}") from error


def read_records(archive: zipfile.ZipFile, name: str) -> Iterator[bytes]:
    """The records of one file inside.

    Raises:
        BackupError: when it is damaged; the message names it.
    """
    with damage_told(archive, name), archive.open(name) as stream:
        while head := stream.read(LENGTH.size):
            (size,) = LENGTH.unpack(head) if len(head) == LENGTH.size else (MOST_BYTES + 1,)
            if size > MOST_BYTES:
                raise BackupError(f"{archive.filename} is damaged: {name}: no record where one should be")
            record = stream.read(size)
            if len(record) < size:
                raise BackupError(f"{archive.filename} is damaged: {name}: ends inside a record")
            yield record


def check_member(archive: zipfile.ZipFile, name: str, wanted: Member) -> None:
    """Read one file inside to its end, and compare.

    Raises:
        BackupError: when it is missing, damaged, or another one.
    """
    digest, size = sha256(), 0
    with damage_told(archive, name), archive.open(name) as stream:
        while size <= wanted.bytes and (chunk := stream.read(CHUNK)):
            digest.update(chunk)
            size += len(chunk)
    if Member(size, digest.hexdigest()) != wanted:
        raise BackupError(f"{archive.filename} is damaged: {name} is not what the manifest says")


@contextmanager
def damage_told(archive: zipfile.ZipFile, name: str) -> Iterator[None]:
    """Raise what a zip file's own checks find as `BackupError`, naming the file inside."""
    try:
        yield
    except KeyError as error:
        raise BackupError(f"{archive.filename} is damaged: {name} is missing") from error
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError) as error:
        raise BackupError(f"{archive.filename} is damaged: {name}: {error}") from error
