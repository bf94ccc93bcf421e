"""Writes a file of a day: to temporary files first, which get their names when all of it is on the disk."""

import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, NamedTuple

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from apis.archive.csv_file import csv_file
from apis.archive.shelf import CSV, ENTRY, PARQUET, Entry, StoredFile
from apis.archive.table import INSTANTS, SCHEMA, SCHEMA_VERSION, SORTED_BY
from stadspuls.files import sync_folder
from stadspuls.registry import Dataset

GROUP_ROWS = 131_072
"""Rows of a row group: a reader skips by its statistics, and reads groups side by side."""
TEMPORARY = ".new-"


class Title(NamedTuple):
    """Which file it is, and what describes it."""

    dataset: Dataset
    """As the registry of that version has it."""
    base_url: str
    day: str
    revision: int
    registry: str


class _Extent:
    """What an entry says of the rows."""

    def __init__(self) -> None:
        self.rows = 0
        self._instants: dict[str, list[int]] = {"observedAt": [], "publishedAt": []}

    def add(self, table: pa.Table) -> None:
        self.rows += table.num_rows
        for name, found in self._instants.items():
            ends = pc.min_max(table.column(name).cast(pa.int64())).as_py()
            found[:] = [min([ends["min"], *found]), max([ends["max"], *found])]

    def entry(self, title: Title, files: dict[str, StoredFile]) -> Entry:
        first_observed, last_observed = self._instants["observedAt"]
        first_published, last_published = self._instants["publishedAt"]
        return Entry(
            day=title.day,
            revision=title.revision,
            rows=self.rows,
            first_observed=first_observed,
            last_observed=last_observed,
            first_published=first_published,
            last_published=last_published,
            registry=title.registry,
            files=files,
        )


def write_day(folder: Path, title: Title, tables: Iterable[pa.Table]) -> Entry | None:
    """Write both files of a day and its entry; None, and nothing is written, when there are no rows.

    Whatever ends the process, a file with a name is whole, and one with an entry never changes.

    Raises:
        OSError: when the disk does not take it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    extent = _Extent()
    with _new_file(folder) as parquet, _new_file(folder) as packed:
        schema = SCHEMA.with_metadata(footer(title))
        sorting = [pq.SortingColumn(SCHEMA.get_field_index(name)) for name in SORTED_BY]
        writer = pq.ParquetWriter(
            parquet,
            schema,
            compression="zstd",
            sorting_columns=sorting,
            use_dictionary=[name for name in SCHEMA.names if name not in INSTANTS],
            column_encoding=dict.fromkeys(INSTANTS, "DELTA_BINARY_PACKED"),
        )
        with writer, csv_file(packed) as text:
            for table in tables:
                if table.num_rows:
                    extent.add(table)
                    writer.write_table(table.replace_schema_metadata(schema.metadata), row_group_size=GROUP_ROWS)
                    text.write(table)
        if not extent.rows:
            return None
        entry = extent.entry(title, {PARQUET: _described(parquet), CSV: _described(packed)})
        if (folder / f"{entry.name}{ENTRY}").exists():
            # Somebody was first, where a folder is shared without locks: those bytes count.
            return None
        for file, kind in ((parquet, PARQUET), (packed, CSV)):
            # What has no entry was never sent to anybody, so it may be replaced.
            Path(file.name).replace(folder / f"{entry.name}.{kind}")
    _enter(folder, entry)
    return entry


def footer(title: Title) -> dict[str, str]:
    """What the Parquet file says of itself, so that it tells all without this platform."""
    dataset = title.dataset
    said = {
        "dataset": dataset.name,
        "address": f"{title.base_url}/{dataset.name}",
        "day": title.day,
        "revision": str(title.revision),
        "timeZone": dataset.city.time_zone.key,
        "titles": _text(dataset.titles),
        "publisher": _text(dataset.city.publisher.names),
        "licence": dataset.licence,
        "attribution": _text(dataset.attribution or {}),
        "origin": dataset.origin.value,
        "registry": title.registry,
        "schema": str(SCHEMA_VERSION),
    }
    return {f"stadspuls.{name}": value for name, value in said.items()}


def forget_unfinished(folder: Path) -> None:
    """Delete what a writer that was killed has left behind; nobody else may be writing."""
    for path in folder.glob(f"*/*/{TEMPORARY}*"):
        path.unlink(missing_ok=True)


def _text(langmap: dict[str, str]) -> str:
    return json.dumps(langmap, ensure_ascii=False, sort_keys=True)


@contextmanager
def _new_file(folder: Path) -> Iterator[IO[bytes]]:
    with NamedTemporaryFile(dir=folder, prefix=TEMPORARY, delete=False) as file:
        try:
            yield file
        finally:
            # It has another name by then, unless something went wrong.
            Path(file.name).unlink(missing_ok=True)


def _described(file: IO[bytes]) -> StoredFile:
    file.flush()
    os.fsync(file.fileno())
    os.fchmod(file.fileno(), 0o644)
    with Path(file.name).open("rb") as whole:
        return StoredFile(file.tell(), hashlib.file_digest(whole, "sha256").hexdigest())


def _enter(folder: Path, entry: Entry) -> None:
    sync_folder(folder)
    with _new_file(folder) as file:
        file.write(msgspec.json.encode(entry))
        _described(file)
        with suppress(FileExistsError):
            # Not a rename: an entry that is there already was perhaps read by somebody.
            os.link(file.name, folder / f"{entry.name}{ENTRY}")
    sync_folder(folder)
