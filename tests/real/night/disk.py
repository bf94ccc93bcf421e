"""A disk of known size for the whole platform, which can be filled and made larger."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

SIZE = 3 * 1024**3
LARGER = 2 * SIZE
_BALLAST = "ballast"
_MOUNT, _UNMOUNT = "/bin/mount", "/bin/umount"


@contextmanager
def disk() -> Iterator[Path]:
    """Where it is mounted, while the block runs."""
    if os.geteuid() != 0 or not Path(_MOUNT).exists():
        pytest.skip("only root can mount a disk of known size")
    # Not below /tmp, of which each container has its own.
    with tempfile.TemporaryDirectory(prefix="stadspuls-night-", dir="/var/tmp") as folder:
        subprocess.run([_MOUNT, "-t", "tmpfs", "-o", f"size={SIZE},mode=755", "tmpfs", folder], check=True)
        try:
            yield Path(folder)
        finally:
            subprocess.run([_UNMOUNT, "--lazy", folder], check=True)


def fill(folder: Path, free: float) -> None:
    """Leave only this share of the disk free."""
    usage = shutil.disk_usage(folder)
    with (folder / _BALLAST).open("ab") as ballast:
        os.posix_fallocate(ballast.fileno(), ballast.tell(), int(usage.free - free * usage.total))


def enlarge(folder: Path) -> None:
    """Give it more room, as a larger disk would."""
    subprocess.run([_MOUNT, "-o", f"remount,size={LARGER}", folder], check=True)
