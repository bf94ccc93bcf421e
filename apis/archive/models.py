"""The list of an archive for programs; fields are only added."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from apis.archive.shelf import CSV, KINDS, PARQUET, Entry
from apis.data.models import DatasetName, Licence
from stadspuls.clock import to_datetime
from stadspuls.model import Origin
from stadspuls.registry import Dataset

MEDIA_TYPES = {PARQUET: "application/vnd.apache.parquet", CSV: "application/gzip"}
"""By kind; CSV is a file of gzip by itself, not a CSV that was compressed on the way."""


class ArchiveFile(msgspec.Struct, rename="camel"):
    """One file; it never changes."""

    url: str
    media_type: str
    bytes: int
    sha256: Annotated[str, Meta(description="Hexadecimal digits of the file's SHA-256.")]


class ArchiveEntry(msgspec.Struct, rename="camel"):
    """A closed day, or with a revision above 0 what came of it after it was closed."""

    day: Annotated[str, Meta(description="Local calendar day of `observedAt`.", examples=["2026-01-05"])]
    revision: Annotated[int, Meta(ge=0, description="0: the day; 1 and more: the number of its correction.")]
    rows: int
    first_observed_at: Annotated[datetime, Meta(tz=True)]
    last_observed_at: Annotated[datetime, Meta(tz=True)]
    last_published_at: Annotated[
        datetime, Meta(tz=True, description="What was published later stands in later revisions.")
    ]
    registry: Annotated[str, Meta(description="Version of the registry that describes it.")]
    files: list[ArchiveFile]


class ArchiveDocument(msgspec.Struct, rename="camel"):
    """Every file of a dataset's archive, ordered by (day, revision)."""

    dataset: DatasetName
    licence: Licence
    origin: Origin
    time_zone: Annotated[str, Meta(description="In whose calendar days lie.", examples=["Europe/Brussels"])]
    entries: list[ArchiveEntry]


def archive_document(dataset: Dataset, entries: list[Entry], base_url: str) -> ArchiveDocument:
    """The list of these entries."""
    return ArchiveDocument(
        dataset=dataset.name,
        licence=dataset.licence,
        origin=dataset.origin,
        time_zone=dataset.city.time_zone.key,
        entries=[_entry(entry, archive_address(dataset, base_url)) for entry in entries],
    )


def archive_address(dataset: Dataset, base_url: str) -> str:
    """Where the archive of a dataset is; file names follow."""
    return f"{base_url}/{dataset.name}/archive/"


def _entry(entry: Entry, address: str) -> ArchiveEntry:
    return ArchiveEntry(
        day=entry.day,
        revision=entry.revision,
        rows=entry.rows,
        first_observed_at=to_datetime(entry.first_observed),
        last_observed_at=to_datetime(entry.last_observed),
        last_published_at=to_datetime(entry.last_published),
        registry=entry.registry,
        files=[
            ArchiveFile(
                f"{address}{entry.name}.{kind}", MEDIA_TYPES[kind], entry.files[kind].bytes, entry.files[kind].sha256
            )
            for kind in KINDS
        ],
    )
