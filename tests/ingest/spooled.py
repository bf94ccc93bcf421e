"""Frames for a spool, and a disk that loses what was not synced."""

import os
from collections.abc import Iterable
from pathlib import Path

from ingest.frames import Frame, Outgoing
from ingest.spool import Spool
from ingest.spool_segment import SUFFIX, Disk
from stadspuls.metrics import SPOOL_DAMAGED

PARTITIONS = 4
LIMIT = 16 * 1024**2


def spooled_frame(number: int, partition: int = 1, record: bytes | None = None) -> Frame:
    content = b"frame %d of %d" % (number, partition) if record is None else record
    return Frame(
        partition=partition,
        record=content,
        timestamp_ms=1_780_000_000_000 + number,
        messages=1,
        size=len(content),
        tickets=[],
        number=number,
    )


def open_spool(folder: Path, disk: Disk | None = None, limit: int = LIMIT, partitions: int = PARTITIONS) -> Spool:
    return Spool(folder, limit, partitions, disk)


def pending(spool: Spool, partition: int, after: int | None = None) -> list[Outgoing]:
    """What has not been handed on, as the sender would read it."""
    found: list[Outgoing] = []
    number = spool.handed_on(partition) if after is None else after
    while frame := spool.first_after(partition, number):
        found.append(frame)
        number = frame.number
    return found


def outgoing(frames: Iterable[Frame]) -> list[Outgoing]:
    return [Outgoing(frame.number, frame.timestamp_ms, frame.record) for frame in frames]


def files(folder: Path) -> list[Path]:
    return sorted(folder.glob(f"*{SUFFIX}"))


def damages() -> float:
    (metric,) = SPOOL_DAMAGED.collect()
    return next(sample.value for sample in metric.samples if sample.name.endswith("_total"))


class PowerLossError(Exception):
    """The machine went off."""


class ForgetfulDisk(Disk):
    """Knows what is synced; `lose_power` keeps that, and of the rest as much as it is told."""

    def __init__(self) -> None:
        self.fails_at_sync = False
        self._synced: dict[int, int] = {}
        self._names: set[str] = set()

    def sync(self, descriptor: int) -> None:
        if self.fails_at_sync:
            self.fails_at_sync = False
            raise PowerLossError
        status = os.fstat(descriptor)
        self._synced[status.st_ino] = status.st_size

    def sync_folder(self, folder: Path) -> None:
        self._names |= {path.name for path in folder.iterdir()}

    def lose_power(self, folder: Path, kept: float) -> None:
        """Keep the share `kept` of what was written to each file and not synced."""
        for path in files(folder):
            synced = self._synced.get(path.stat().st_ino, 0)
            if path.name not in self._names:
                path.unlink()
            else:
                os.truncate(path, synced + round(kept * (path.stat().st_size - synced)))
