"""The files of closed days on disk: which there are, and what is known of each.

Below `archive/` of the data folder, for each dataset: `2026-11-20.parquet`, `2026-11-20.csv.gz` and, written last,
`2026-11-20.json`, which tells of both. A file counts once that is there. It stays when retention takes the two away, so
that their names are never used again.
"""

import re
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import msgspec

from stadspuls.errors import Gone, UnknownDay
from stadspuls.registry import Dataset
from stadspuls.settings import Settings

PARQUET, CSV = "parquet", "csv.gz"
KINDS = (PARQUET, CSV)
"""What a day is offered as: the ends of file names."""

ENTRY = ".json"
_NAME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(\.correction-[1-9][0-9]{0,8})?")


class StoredFile(msgspec.Struct, frozen=True):
    """One file: its size and its SHA-256 in hexadecimal digits."""

    bytes: int
    sha256: str


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A closed day, or a correction of it; instants are microseconds since 1970."""

    day: str
    """Local calendar day of `observed_at`: `2026-11-20`."""
    revision: int
    """0 for the day itself, else the number of the correction."""
    rows: int
    first_observed: int
    last_observed: int
    first_published: int
    last_published: int
    registry: str
    """Version of the registry that describes it."""
    files: dict[str, StoredFile]
    """By kind."""

    @property
    def name(self) -> str:
        """What its files are called, without their ends: `2026-11-20.correction-1`."""
        return f"{self.day}.correction-{self.revision}" if self.revision else self.day


class Shelf:
    """Reads what lies there; entries that were read once are remembered, since they never change."""

    def __init__(self, settings: Settings) -> None:
        self._folder = settings.data_dir / "archive"
        self._known: dict[tuple[str, str], Entry] = {}

    def folder(self, dataset: str) -> Path:
        """Where the files of a dataset lie."""
        return self._folder / dataset

    def path(self, dataset: str, entry: Entry, kind: str) -> Path:
        """Where a file lies, or lay."""
        return self.folder(dataset) / f"{entry.name}.{kind}"

    def entries(self, dataset: str) -> list[Entry]:
        """What can be had of a dataset, ordered by day and revision: for lists and catalogues."""
        names = self._names(dataset)
        return [entry for entry in self._read(dataset, names) if f"{entry.name}.{PARQUET}" in names]

    def every_entry(self, dataset: str) -> list[Entry]:
        """The same, and what retention took away."""
        return self._read(dataset, self._names(dataset))

    def find(self, dataset: Dataset, file_name: str) -> tuple[Entry, str]:
        """The entry and the kind that a file name says.

        Raises:
            UnknownDay: there is no such file, and was none.
            Gone: it is past its retention.
        """
        for kind in KINDS:
            name = file_name.removesuffix(f".{kind}")
            if name == file_name or not _NAME.fullmatch(name):
                continue
            entry = self._entry(dataset.name, name)
            if entry is None:
                break
            if not self.path(dataset.name, entry, kind).exists():
                raise Gone(f"{file_name} of {dataset.name} is past its retention")
            return entry, kind
        raise UnknownDay(f"{dataset.name} has no file {file_name[:64]!r}; /{dataset.name}/archive/ lists them")

    def _names(self, dataset: str) -> set[str]:
        with suppress(FileNotFoundError):
            return {path.name for path in self.folder(dataset).iterdir()}
        return set()

    def _read(self, dataset: str, names: Iterable[str]) -> list[Entry]:
        entered = (name.removesuffix(ENTRY) for name in names if name.endswith(ENTRY))
        found = (self._entry(dataset, name) for name in entered if _NAME.fullmatch(name))
        return sorted((entry for entry in found if entry), key=lambda entry: (entry.day, entry.revision))

    def _entry(self, dataset: str, name: str) -> Entry | None:
        known = self._known.get((dataset, name))
        if known is None:
            with suppress(FileNotFoundError):
                body = (self.folder(dataset) / f"{name}{ENTRY}").read_bytes()
                known = msgspec.json.decode(body, type=Entry)
                self._known[dataset, name] = known
        return known
