"""Filling an empty store from a backup, of whatever kind of store it was made."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import Event

from stadspuls.errors import LogError
from stadspuls.log import ObservationFrame
from stadspuls.settings import Settings
from store.backends import open_reader, open_writer
from store.backup.back_up import BackupProgress, Report
from store.backup.manifest import Manifest
from store.backup.opened import OpenedBackup, open_backup
from store.filling import Filling, FillingNote, continued, store_name
from store.protocol import StoreWriter
from store.sink_mark import set_sink_mark
from store.sole import sole_writer

COMMAND = "restore"

OBSERVATIONS = 20_000
"""Written at once, unless a single frame holds more."""


def restore(settings: Settings, file: Path, stop: Event, report: Report) -> tuple[Manifest, list[str]] | None:
    """Fill the store of the settings from a backup; None when told to stop before its end.

    It begins on an empty store, or goes on with the same backup where an earlier try was stopped or killed.
    Returns the manifest, and what an operator should know beside it.

    Raises:
        BackupError: when the file is no backup, damaged, or of a newer format; the store is then untouched.
        StoreError: when the store holds anything else, is being written to, or does not take a batch.
    """
    with sole_writer(settings), open_backup(file) as backup:
        with closing(open_reader(settings)) as reader:
            continued(settings, reader, COMMAND, backup.identity)
        backup.check(lambda done: report(BackupProgress(done, 2 * backup.bytes, 0)))
        note = FillingNote(settings)
        note.write(Filling(COMMAND, backup.identity, store_name(settings)))
        with closing(open_writer(settings)) as writer:
            if not _fill(backup, writer, stop, report):
                return None
        said = _set_sink(settings, backup.manifest)
        note.remove()
        return backup.manifest, said


def _fill(backup: OpenedBackup, writer: StoreWriter, stop: Event, report: Report) -> bool:
    manifest = backup.manifest
    whole = manifest.observations + manifest.rejected
    rows = 0
    for dataset in manifest.datasets:
        for batch in _batches(backup.log(dataset)):
            if stop.is_set():
                return False
            writer.write(batch)
            rows += sum(len(frame.observations) for frame in batch)
            report(BackupProgress(whole + rows, 2 * whole, rows))
    for page in backup.rejections():
        if stop.is_set():
            return False
        writer.write_rejected(page)
        rows += len(page)
        report(BackupProgress(whole + rows, 2 * whole, rows))
    writer.note_stored_through({dataset: part.stored_through for dataset, part in manifest.datasets.items()})
    return True


def _batches(frames: Iterator[ObservationFrame]) -> Iterator[list[ObservationFrame]]:
    batch: list[ObservationFrame] = []
    held = 0
    for frame in frames:
        if batch and held + len(frame.observations) > OBSERVATIONS:
            yield batch
            batch, held = [], 0
        batch.append(frame)
        held += len(frame.observations)
    if batch:
        yield batch


def _set_sink(settings: Settings, manifest: Manifest) -> list[str]:
    """Make the sink go on where it was, in the same log; say what is so when it cannot be done."""
    if not settings.kafka_bootstrap:
        return []
    if manifest.log is None:
        return ["The backup does not say how far the sink was: it goes on at its own commits, if Kafka has any"]
    try:
        set_sink_mark(settings, manifest.log)
    except LogError as error:
        return [f"The sink goes on at its own commits, if Kafka has any: {error}"]
    return []
