"""How frames lie in a file of the spool, and what can be read back from one that is torn or damaged.

A record is a header of 40 bytes and a body. Both checksums begin with the file's own salt, which nobody outside can
know: a payload that holds a record of its own making never passes for one.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

from crc32c import crc32c

from ingest.frames import Frame

MAGIC = b"SPL1"
_HEADER = struct.Struct("<4sHBxIIqQI")
_CHECK = struct.Struct("<I")
HEADER_BYTES = _HEADER.size + _CHECK.size


class Kind(IntEnum):
    """What a record says."""

    FRAME = 1
    MARK = 2
    """Everything of its partition up to its number has been handed on."""


class Record(NamedTuple):
    """A record's header, and where it lies in its file."""

    kind: int
    partition: int
    number: int
    """Counts frames upwards within a partition, with gaps."""
    timestamp_ms: int
    messages: int
    start: int
    length: int
    """Of the body."""
    checksum: int
    """Of the body."""

    @property
    def body(self) -> int:
        """Where the body begins."""
        return self.start + HEADER_BYTES

    @property
    def end(self) -> int:
        """Where the next record begins."""
        return self.body + self.length


class Extent(NamedTuple):
    """A piece of a file, `end` not included."""

    start: int
    end: int


@dataclass(frozen=True)
class Scan:
    """What a file holds."""

    records: Sequence[Record]
    damages: Sequence[Extent]
    """What was a record once, or may have been."""
    whole: int
    """Where the file may be cut: behind it lies only a record whose writing was not completed."""


def frame_record(frame: Frame, salt: int) -> tuple[bytes, bytes]:
    """A frame as header and body."""
    fields = (MAGIC, frame.partition, Kind.FRAME, frame.messages, len(frame.record), frame.timestamp_ms, frame.number)
    return _header(fields, frame.record, salt), frame.record


def mark_record(partition: int, number: int, salt: int) -> bytes:
    """That everything of a partition up to this number has been handed on."""
    return _header((MAGIC, partition, Kind.MARK, 0, 0, 0, number), b"", salt)


def _header(fields: tuple[object, ...], body: bytes, salt: int) -> bytes:
    head = _HEADER.pack(*fields, crc32c(body, salt))
    return head + _CHECK.pack(crc32c(head, salt))


def read_header(data: bytes, start: int, salt: int, offset: int = 0) -> Record | None:
    """The header that begins at `data[start]`, None when none does; `offset` is where `data` lies in its file."""
    head = data[start : start + _HEADER.size]
    if len(data) - start < HEADER_BYTES or not head.startswith(MAGIC):
        return None
    if _CHECK.unpack_from(data, start + _HEADER.size) != (crc32c(head, salt),):
        return None
    _, partition, kind, messages, length, timestamp_ms, number, checksum = _HEADER.unpack(head)
    return Record(kind, partition, number, timestamp_ms, messages, offset + start, length, checksum)


def is_body(body: bytes, record: Record, salt: int) -> bool:
    """Whether these bytes are the record's body, unchanged."""
    return len(body) == record.length and crc32c(body, salt) == record.checksum


def scan(data: bytes, salt: int) -> Scan:
    """Read a whole file.

    A record whose end is missing, or zeros to the end of the file, are what a crash leaves of an unfinished write;
    anything else that cannot be read is damage, and reading goes on behind it.
    """
    records: list[Record] = []
    damages: list[Extent] = []
    at = 0
    while at < len(data):
        record = read_header(data, at, salt)
        if record and record.end <= len(data) and is_body(data[record.body : record.end], record, salt):
            records.append(record)
            at = record.end
        elif _unfinished(data, at, record):
            break
        else:
            end = record.end if record else _next_header(data, at + 1, salt)
            damages.append(Extent(at, end))
            at = end
    return Scan(records, damages, at)


def _unfinished(data: bytes, at: int, record: Record | None) -> bool:
    if record:
        return record.end > len(data)
    return len(data) - at < HEADER_BYTES or not data[at:].strip(b"\0")


def _next_header(data: bytes, at: int, salt: int) -> int:
    while (at := data.find(MAGIC, at)) >= 0:
        if read_header(data, at, salt):
            return at
        at += 1
    return len(data)
