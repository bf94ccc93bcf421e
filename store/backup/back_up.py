"""Writing a backup, while the platform goes on: what is stored when it begins, read page by page."""

import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

import msgspec

from stadspuls import __version__
from stadspuls.clock import now_us, rfc3339
from stadspuls.errors import BackupError, LogError
from stadspuls.log import encode_observations, encode_rejected
from stadspuls.log.frames import NO_SOURCE
from stadspuls.registry import Registry
from stadspuls.settings import Settings
from store.backends import open_reader
from store.backup.manifest import FORMAT, MANIFEST, DatasetPart, Manifest, Member, log_member, rejected_member
from store.backup.members import MemberWriter, new_archive
from store.backup.pages import log_pages
from store.filling import is_empty, refuse_half_filled, store_name
from store.log_positions import LogMark
from store.protocol import RejectedQuery, StoreReader
from store.rejected_pages import rejected_pages
from store.sink_mark import read_sink_mark


class BackupProgress(NamedTuple):
    """How far a backup or restore is: `done` of `all` in a measure of its own, and the rows so far."""

    done: int
    all: int
    rows: int


Report = Callable[[BackupProgress], None]


def back_up(settings: Settings, registry: Registry, file: Path, report: Report) -> tuple[Manifest, list[str]]:
    """Write what the store holds now, and the city and theme files, into one new file.

    Returns the manifest, and what an operator should know beside it.

    Raises:
        BackupError: when the store is empty, or the file exists already or cannot be written; it is then not there.
        StoreError: when the store does not answer, or is half filled.
    """
    refuse_half_filled(settings)
    if file.exists():
        raise BackupError(f"{file} exists already: choose another name")
    # The sink's commits first: all that they name is in the store.
    mark, said = _mark(settings)
    with closing(open_reader(settings)) as reader:
        if is_empty(reader):
            raise BackupError(f"There is nothing to back up: the store ({store_name(settings)}) is empty")
        with new_archive(file) as archive:
            return _Backup(settings, reader, archive, report).write(registry, mark), said


def _mark(settings: Settings) -> tuple[LogMark | None, list[str]]:
    try:
        return read_sink_mark(settings), []
    except LogError as error:
        return None, [f"The backup does not say how far the sink was: {error}"]


class _Backup:
    """One backup being written."""

    def __init__(self, settings: Settings, reader: StoreReader, archive: zipfile.ZipFile, report: Report) -> None:
        self._settings = settings
        self._reader = reader
        self._archive = archive
        self._report = report
        self._members: dict[str, Member] = {}
        self._rows = 0

    def write(self, registry: Registry, mark: LogMark | None) -> Manifest:
        """Write everything, the manifest last."""
        created = rfc3339(now_us())
        self._write_files("cities", self._settings.cities_dir)
        self._write_files("themes", self._settings.themes_dir)
        datasets = self._write_log()
        rejected = self._write_rejected(registry.version)
        manifest = Manifest(
            format=FORMAT,
            stadspuls=__version__,
            created=created,
            profile=self._settings.profile.value,
            store=self._settings.store,
            registry=registry.version,
            datasets=datasets,
            rejected=rejected,
            members=self._members,
            log=mark,
        )
        self._archive.writestr(MANIFEST, msgspec.json.format(msgspec.json.encode(manifest)))
        return manifest

    def _write_files(self, kind: str, folder: Path) -> None:
        for path in sorted(folder.glob("*.yaml")):
            with self._member(f"registry/{kind}/{path.name}") as member:
                member.write(path.read_bytes())

    def _write_log(self) -> dict[str, DatasetPart]:
        through = self._reader.stored_through()
        firsts = {name: self._first(name, last) for name, last in through.items()}
        whole = sum(last - firsts[name] for name, last in through.items())
        parts: dict[str, DatasetPart] = {}
        done = 0
        for name, last in sorted(through.items()):
            parts[name] = self._write_dataset(name, last, done - firsts[name], whole)
            done += last - firsts[name]
        return parts

    def _first(self, dataset: str, last: int) -> int:
        spans = self._reader.log_index(dataset, 0, last + 1, 1)
        return spans[0].published_at if spans else last

    def _write_dataset(self, dataset: str, last: int, before: int, whole: int) -> DatasetPart:
        entries, rows = 0, self._rows
        with self._member(log_member(dataset)) as member:
            for page in log_pages(self._reader, dataset, last):
                for entry in page:
                    member.write_record(encode_observations(entry.frame))
                    self._rows += len(entry.frame.observations)
                entries += len(page)
                self._report(BackupProgress(before + page[-1].published_at, whole, self._rows))
        return DatasetPart(last, entries, self._rows - rows)

    def _write_rejected(self, version: str) -> int:
        count = 0
        for number, page in enumerate(rejected_pages(self._reader, RejectedQuery())):
            with self._member(rejected_member(number)) as member:
                member.write_record(encode_rejected(page, NO_SOURCE, version))
            count += len(page)
        return count

    @contextmanager
    def _member(self, name: str) -> Iterator[MemberWriter]:
        with self._archive.open(name, "w", force_zip64=True) as stream:
            writer = MemberWriter(stream)
            yield writer
        self._members[name] = writer.described()
