"""The files of an archive as distributions: the newest, since the archive's own list has them all."""

from collections.abc import Iterator, Sequence

from apis.archive.models import MEDIA_TYPES
from apis.archive.shelf import CSV, KINDS, Entry
from apis.catalogue.distribution import Distribution
from apis.catalogue.texts import ARCHIVED, filled

ENTRIES = 7
"""A week of days, or fewer where some were corrected."""


def newest(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """The newest entries, newest first."""
    return tuple(reversed(entries[-ENTRIES:]))


def of_files(entries: Sequence[Entry], dataset: str) -> Iterator[Distribution]:
    """The distributions of these entries, by the dataset's address."""
    for entry in entries:
        for kind in KINDS:
            packed = MEDIA_TYPES[kind] if kind == CSV else None
            yield Distribution(
                f"archive-{entry.name}.{kind}",
                filled(ARCHIVED, name={"nl": f"{entry.name}.{kind}"}),
                f"{dataset}/archive/{entry.name}.{kind}",
                "text/csv" if packed else MEDIA_TYPES[kind],
                compressed=packed,
                size=entry.files[kind].bytes,
            )
