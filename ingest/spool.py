"""The spool: frames on disk until they are handed on, in order of their partition, bounded, in files of some MiB.

A frame that `append` has taken outlasts kill -9 and a loss of power. What has been handed on is marked in the same
files, without haste: a mark that is lost brings frames again, which shows nowhere. A file goes when everything in it
has been handed on and no older one is left.
"""

import contextlib
import os
import threading
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from ingest.frames import Frame, Outgoing
from ingest.spool_records import HEADER_BYTES, Extent, Kind, Record, frame_record, mark_record, scan
from ingest.spool_segment import SUFFIX, Disk, Segment, claimed
from stadspuls.errors import SpoolError
from stadspuls.logs import get_logger
from stadspuls.metrics import SPOOL_DAMAGED

SEGMENT_BYTES = 8 * 1024 * 1024
_INDEXES = 8
"""Files whose index is kept in memory, beside that of the newest."""

_log = get_logger()


class Appended(NamedTuple):
    """How many of the frames are safe, and why not all."""

    safe: int
    refusal: str | None = None


class Spool:
    """One thread calls `append` and `tidy`, another may call the rest."""

    def __init__(self, folder: Path, limit: int, partitions: int, disk: Disk | None = None) -> None:
        """Open the folder and find what an earlier spool left in it.

        Args:
            folder: made when it is missing.
            limit: bytes on disk, at most.
            partitions: how many there are; a spool of a deployment with more is refused.
            disk: what syncs.

        Raises:
            SpoolError: when it cannot be read, belongs to another deployment, or another process has it.
        """
        self._folder = folder
        self._limit = limit
        self._segment_bytes = min(SEGMENT_BYTES, limit // 4)
        self._partitions = partitions
        self._disk = disk or Disk()
        self._lock = threading.Lock()
        self._segments: deque[Segment] = deque()
        self._active: Segment | None = None
        self._indexed: deque[Segment] = deque()
        self._order = 0
        self._last = [0] * partitions
        self._done = [0] * partitions
        self._marked = [0] * partitions
        self._claim = claimed(folder, self._disk)
        try:
            self._recover()
        except OSError as error:
            self._leave()
            raise SpoolError(f"the spool in {folder} cannot be read: {error.strerror}") from error
        except SpoolError:
            self._leave()
            raise

    @property
    def size(self) -> int:
        """Bytes on disk; for the thread that appends."""
        return sum(segment.size for segment in self._segments)

    @property
    def newest(self) -> int:
        """The highest number that any frame has had."""
        return max(*self._last, *self._done, 0)

    def last(self, partition: int) -> int:
        """The number of the newest frame of a partition, 0 when there was none."""
        return self._last[partition]

    def handed_on(self, partition: int) -> int:
        """The number through which a partition has been handed on."""
        return self._done[partition]

    def append(self, frames: Sequence[Frame]) -> Appended:
        """Put frames on the disk, one sync for all that fit in a file; when some are refused, then the last ones."""
        taken = 0
        try:
            while taken < len(frames):
                count = self._append_some(frames[taken:])
                if not count:
                    return Appended(taken, f"it holds {self.size} bytes of at most {self._limit}")
                taken += count
        except OSError as error:
            return Appended(taken, error.strerror or str(error))
        return Appended(taken)

    def first_after(self, partition: int, number: int) -> Outgoing | None:
        """The first frame of a partition behind a number; one gone bad on the disk is kept aside and counted."""
        while True:
            with self._lock:
                found = self._find(partition, number)
                if found is None:
                    return None
                segment, record = found
                body = segment.body(record)
                if body is not None:
                    return Outgoing(record.number, record.timestamp_ms, body)
                self._keep_aside(segment, Extent(record.start, record.end))
                number = record.number

    def done(self, partition: int, number: int) -> None:
        """Everything of a partition up to this number has been handed on."""
        self._done[partition] = max(self._done[partition], number)

    def oldest_ms(self) -> int | None:
        """When the oldest frame that has not been handed on was received (ms since 1970); None when there is none."""
        with self._lock:
            found = [self._find(partition, done) for partition, done in enumerate(self._done)]
        return min((record.timestamp_ms for _, record in filter(None, found)), default=None)

    def tidy(self) -> None:
        """Remove the files that nobody needs, and write down what else has been handed on."""
        self._remove_finished()
        # A disk that is full takes no marks: they can wait.
        with contextlib.suppress(OSError):
            if self._segments and (unmarked := self._unmarked()):
                self._write(self._active or self._begin(), [], unmarked, sync=False)

    def close(self) -> None:
        """Write down what has been handed on, and leave the folder."""
        self.tidy()
        self._leave()

    def _leave(self) -> None:
        with self._lock:
            for segment in self._segments:
                segment.close()
        os.close(self._claim)

    def _append_some(self, frames: Sequence[Frame]) -> int:
        segment = self._active
        if segment is None or segment.size >= self._segment_bytes:
            segment = self._begin()
        unmarked = self._unmarked()
        data, records = self._fitting(segment, frames, at=len(unmarked) * HEADER_BYTES)
        if not records:
            return 0
        self._write(segment, data, unmarked, sync=True)
        with self._lock:
            for record in records:
                segment.note(record)
                self._last[record.partition] = record.number
        return len(records)

    def _begin(self) -> Segment:
        if self._active:
            # Only the newest file may end in something that is not on the disk.
            self._active.cut(self._active.size)
        self._order += 1
        segment = Segment.create(self._folder, self._order, self._disk)
        with self._lock:
            full, self._active = self._active, segment
            self._segments.append(segment)
            if full:
                self._limit_indexes(full)
        return segment

    def _fitting(self, segment: Segment, frames: Sequence[Frame], at: int) -> tuple[list[bytes], list[Record]]:
        """Headers and bodies of the frames that fit in the file and below the limit, and where they will lie."""
        room = self._limit - self.size
        data: list[bytes] = []
        records: list[Record] = []
        for frame in frames:
            length = HEADER_BYTES + len(frame.record)
            if at + length > room or (records and segment.size + at + length > self._segment_bytes):
                break
            data += frame_record(frame, segment.salt)
            place = segment.size + at
            records.append(
                Record(Kind.FRAME, frame.partition, frame.number, 0, 0, place, len(frame.record), checksum=0)
            )
            at += length
        return data, records

    def _write(self, segment: Segment, data: Sequence[bytes], unmarked: dict[int, int], sync: bool) -> None:
        marks = [mark_record(partition, done, segment.salt) for partition, done in unmarked.items()]
        try:
            segment.append(b"".join([*marks, *data]), sync)
        except OSError:
            self._abandon(segment)
            raise
        for partition, done in unmarked.items():
            self._marked[partition] = done

    def _abandon(self, segment: Segment) -> None:
        """Write no more to a file in which a write has failed; earlier marks may be lost with what failed."""
        self._marked = [0] * self._partitions
        with self._lock:
            self._active = None
            self._limit_indexes(segment)
            if not segment.size:
                self._segments.remove(segment)
        if not segment.size:
            segment.remove()

    def _unmarked(self) -> dict[int, int]:
        """What has been handed on since it was last written down, by partition; only of frames on the disk."""
        handed_on = map(min, self._done, self._last)
        return {partition: done for partition, done in enumerate(handed_on) if done > self._marked[partition]}

    def _remove_finished(self) -> None:
        with self._lock:
            finished = []
            while self._segments and self._finished(self._segments[0]):
                finished.append(self._segments.popleft())
            if self._active in finished:
                self._active = None
        for segment in finished:
            segment.remove()
        if finished:
            self._disk.sync_folder(self._folder)

    def _finished(self, segment: Segment) -> bool:
        # The newest file stays while it is small: it would only be made anew for the next frame.
        if segment is self._active and segment.size < self._segment_bytes // 8:
            return False
        return all(last <= self._done[partition] for partition, last in segment.last.items())

    def _find(self, partition: int, number: int) -> tuple[Segment, Record] | None:
        if self._last[partition] <= number:
            return None
        for segment in self._segments:
            if segment.last.get(partition, 0) > number:
                self._limit_indexes(segment)
                record = segment.first_after(partition, number)
                if record:
                    return segment, record
        return None

    def _limit_indexes(self, used: Segment) -> None:
        if used is self._active or used in self._indexed:
            return
        self._indexed.append(used)
        if len(self._indexed) > _INDEXES:
            self._indexed.popleft().forget_index()

    def _recover(self) -> None:
        paths = sorted(path for path in self._folder.iterdir() if path.is_file() and path.suffix.startswith(".spool"))
        for path in paths:
            if path.suffix != SUFFIX:
                raise SpoolError(f"{path} was written by another version of Stadspuls; this one reads *{SUFFIX}")
            self._recover_file(Segment(path, self._disk), newest=path is paths[-1])
        frames = sum(last > done for last, done in zip(self._last, self._done, strict=True))
        if frames:
            _log.info("spool found", bytes=self.size, files=len(self._segments), partitions=frames)

    def _recover_file(self, segment: Segment, newest: bool) -> None:
        self._segments.append(segment)
        data = segment.read_all()
        found = scan(data, segment.salt)
        for extent in found.damages:
            self._keep_aside(segment, extent)
        for record in found.records:
            self._take(segment, record)
        if found.whole < len(data) and not newest:
            # Only the newest file can have been in the middle of a write.
            self._keep_aside(segment, Extent(found.whole, len(data)))
        elif newest:
            # Also when there is nothing to cut: what a killed bridge wrote last may not be on the disk yet.
            segment.cut(found.whole)
        self._order = segment.order
        if not segment.size:
            self._segments.remove(segment)
            segment.remove()

    def _take(self, segment: Segment, record: Record) -> None:
        if record.partition >= self._partitions:
            raise SpoolError(
                f"{segment.path} has a frame of partition {record.partition}; this deployment has {self._partitions}"
            )
        if record.kind == Kind.MARK:
            self._done[record.partition] = max(self._done[record.partition], record.number)
        else:
            segment.note(record)
            self._last[record.partition] = max(self._last[record.partition], record.number)

    def _keep_aside(self, segment: Segment, extent: Extent) -> None:
        kept = segment.keep_aside(extent)
        SPOOL_DAMAGED.inc()
        _log.error("spool is damaged: a piece is kept aside", bytes=extent.end - extent.start, kept=str(kept))
