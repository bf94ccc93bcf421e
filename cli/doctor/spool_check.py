"""Spools: what lies in them, and what the disk gave back damaged."""

import shlex
from collections.abc import Iterator
from pathlib import Path

from cli.doctor.check import Check, Subject
from cli.doctor.finding import Finding, good, warning, wrong
from ingest.spool_segment import DAMAGED, SUFFIX

_FILLED = 0.8


def _look(subject: Subject) -> Iterator[Finding]:
    settings = subject.settings
    for folder in (settings.spool_dir, settings.door_spool_dir):
        if folder.is_dir():
            yield from _spool(folder, settings.spool_bytes)
    if not settings.spool_dir.is_dir():
        yield good("none as yet", str(settings.spool_dir))


CHECK = Check("spool", "spools: size, damaged pieces", _look)


def _spool(folder: Path, limit: int) -> Iterator[Finding]:
    size = sum(file.stat().st_size for file in folder.glob(f"*{SUFFIX}"))
    seen, where = f"{size / 1024**2:.1f} MiB of {limit / 1024**2:.0f} MiB", str(folder)
    if size >= _FILLED * limit:
        cure = "see what Kafka or the sink waits for (`stadspuls topics`); more room: STADSPULS_SPOOL_BYTES"
        yield (wrong if size >= limit else warning)(seen, where, cure, "stadspuls topics")
    else:
        yield good(seen, where)
    pieces = sorted((folder / DAMAGED).glob("*")) if (folder / DAMAGED).is_dir() else []
    if pieces:
        seen = f"{len(pieces)} pieces that the disk gave back changed; the messages in them are lost"
        cure = "look at the disk (`dmesg`, `smartctl`) and at the pieces, then delete them"
        yield warning(seen, str(folder / DAMAGED), cure, f"rm -r {shlex.quote(str(folder / DAMAGED))}")
