"""The disk under the data folder: bytes and inodes that are free."""

import os
from collections.abc import Iterator

from cli.doctor.check import Check, Subject
from cli.doctor.finding import Finding, good, warning, wrong

FULL, FILLING = 0.05, 0.15
"""As in the rules of Prometheus: what is free of it."""
_LEAST = 64 * 1024 * 1024
"""Bytes below which nothing can be said to work, whatever the size of the disk."""
_CURE = "free some: delete what is not Stadspuls's, or `pages/` there, which is made again; or a larger disk"


def _look(subject: Subject) -> Iterator[Finding]:
    folder = subject.settings.data_dir.resolve()
    place = next(path for path in (folder, *folder.parents) if path.exists())
    disk = os.statvfs(place)
    free, size = disk.f_bavail * disk.f_frsize, disk.f_blocks * disk.f_frsize
    share = free / size if size else 1.0
    seen = f"{_mib(free)} of {_mib(size)} free"
    if share < FULL or free < _LEAST:
        yield wrong(seen, str(place), _CURE, f"du -xh --max-depth=2 {place}")
    elif share < FILLING:
        yield warning(seen, str(place), _CURE, f"du -xh --max-depth=2 {place}")
    else:
        yield good(seen, str(place))
    # Some file systems make inodes as they need them, and say that they have none.
    if disk.f_files and disk.f_favail / disk.f_files < FULL:
        seen = f"{disk.f_favail} of {disk.f_files} inodes free: no more files can be made"
        yield wrong(seen, str(place), "delete small files", f"du -x --inodes --max-depth=2 {place}")


CHECK = Check("disk", "free space and free inodes where the data folder lies", _look)


def _mib(size: int) -> str:
    return f"{size / 1024**3:.1f} GiB" if size >= 1024**3 else f"{size / 1024**2:.0f} MiB"
