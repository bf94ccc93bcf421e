"""Files that are written whole or not at all: who reads one meets what was there before, or everything of the new."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile

OWNER_ALONE = 0o600
EVERYBODY_READS = 0o644


def write_whole(file: Path, content: bytes, mode: int = OWNER_ALONE) -> None:
    """Write a file, or put another in its place.

    Raises:
        OSError: when the disk does not take it; what was there before still is.
    """
    with _draft(file, content, mode) as draft:
        draft.replace(file)


def write_new(file: Path, content: bytes, mode: int = OWNER_ALONE) -> None:
    """Write a file where none is.

    Raises:
        FileExistsError: when there is one, which stays as it is.
        OSError: when the disk does not take it.
    """
    with _draft(file, content, mode) as draft:
        # Unlike a rename it refuses what is there.
        os.link(draft, file)


def sync_folder(folder: Path) -> None:
    """Make names given and taken in a folder survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _draft(file: Path, content: bytes, mode: int) -> Iterator[Path]:
    """The content on the disk beside its place; the name has no ending that anybody looks for, and is gone after."""
    with NamedTemporaryFile(dir=file.parent, prefix=f".{file.name}.", suffix=".draft", delete=False) as draft:
        path = Path(draft.name)
        try:
            draft.write(content)
            draft.flush()
            os.fchmod(draft.fileno(), mode)
            os.fsync(draft.fileno())
            yield path
        finally:
            # It has another name by then, unless something went wrong.
            path.unlink(missing_ok=True)
