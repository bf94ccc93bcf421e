"""Reading a backup: nothing of it is believed before every file inside has been compared with the manifest."""

import re
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from stadspuls.errors import BackupError, FrameError, FrameVersionError
from stadspuls.log import ObservationFrame, decode_observations, decode_rejected
from stadspuls.model import Rejection
from store.backup.manifest import MANIFEST, log_member, read_manifest
from store.backup.members import check_member, damage_told, read_records

_REGISTRY_FILE = re.compile(r"registry/(cities|themes)/\w[\w.-]*\.yaml")


@contextmanager
def open_backup(file: Path) -> Iterator["OpenedBackup"]:
    """A backup to be read.

    Raises:
        BackupError: when the file is no backup, cut off, or of a newer format.
    """
    try:
        archive = zipfile.ZipFile(file)
    except FileNotFoundError as error:
        raise BackupError(f"{file} does not exist") from error
    except (OSError, zipfile.BadZipFile) as error:
        raise BackupError(f"{file} is no backup, or its end is missing: {error}") from error
    with archive:
        yield OpenedBackup(archive, file.name)


class OpenedBackup:
    """What stands in a backup; every method raises `BackupError` where it is damaged."""

    def __init__(self, archive: zipfile.ZipFile, name: str) -> None:
        self._archive = archive
        with damage_told(archive, MANIFEST):
            document = archive.read(MANIFEST)
        self.manifest = read_manifest(document, name)
        self.identity = f"{self.manifest.created} {sha256(document).hexdigest()[:12]}"
        """Names this backup and no other."""

    @property
    def bytes(self) -> int:
        """All that stands in it, unpacked."""
        return sum(member.bytes for member in self.manifest.members.values())

    def check(self, report: Callable[[int], None]) -> None:
        """Read all of it and compare; `report` gets the bytes checked so far."""
        done = 0
        for name, member in self.manifest.members.items():
            check_member(self._archive, name, member)
            done += member.bytes
            report(done)

    def log(self, dataset: str) -> Iterator[ObservationFrame]:
        """A dataset's published log, oldest first."""
        name = log_member(dataset)
        for record in read_records(self._archive, name):
            with self._frame_damage_told(name):
                frame = decode_observations(record)
            yield frame

    def rejections(self) -> Iterator[list[Rejection]]:
        """All rejections, oldest first, page by page."""
        # Written newest first; read backwards, those of one instant come in the order in which they were stored.
        for name in sorted((n for n in self.manifest.members if n.startswith("rejected/")), reverse=True):
            for record in read_records(self._archive, name):
                with self._frame_damage_told(name):
                    page = decode_rejected(record).rejections
                yield page[::-1]

    def write_registry(self, folder: Path) -> int:
        """Write the city and theme files below a folder, which must not have any; returns how many."""
        names = [name for name in self.manifest.members if name.startswith("registry/")]
        for name in names:
            if not _REGISTRY_FILE.fullmatch(name):
                raise BackupError(f"{self._archive.filename} is damaged: {name} is no city or theme file")
            with damage_told(self._archive, name):
                content = self._archive.read(name)
            _write_new(folder / name.removeprefix("registry/"), content)
        return len(names)

    @contextmanager
    def _frame_damage_told(self, name: str) -> Iterator[None]:
        try:
            yield
        except FrameVersionError as error:
            raise BackupError(f"{self._archive.filename}: {name}: {error}") from error
        except FrameError as error:
            raise BackupError(f"{self._archive.filename} is damaged: {name}: {error}") from error


def _write_new(target: Path, content: bytes) -> None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("xb") as stream:
            stream.write(content)
    except OSError as error:
        raise BackupError(f"{target} is not written: {error.strerror}") from error
