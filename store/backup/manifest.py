"""What a backup says of itself."""

import msgspec

from stadspuls.errors import BackupError
from store.log_positions import LogMark

FORMAT = 1
"""Of the whole file; a reader refuses a higher one. Frames carry a version of their own."""

MANIFEST = "manifest.json"


class DatasetPart(msgspec.Struct, frozen=True):
    """What is there of a dataset."""

    stored_through: int
    entries: int
    observations: int


class Member(msgspec.Struct, frozen=True):
    """A file inside, by its size and its SHA-256."""

    bytes: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True):
    """The backup's own description."""

    format: int
    stadspuls: str
    """Version of the Stadspuls that wrote it."""
    created: str
    """RFC 3339, UTC."""
    profile: str
    store: str
    registry: str
    """Version of the city and theme files inside."""
    datasets: dict[str, DatasetPart]
    rejected: int
    members: dict[str, Member]
    log: LogMark | None = None
    """None where the log lives in memory, or Kafka did not answer."""

    @property
    def observations(self) -> int:
        """How many there are in all datasets."""
        return sum(part.observations for part in self.datasets.values())


class _Header(msgspec.Struct):
    format: int
    stadspuls: str = "?"


def read_manifest(document: bytes, name: str) -> Manifest:
    """The manifest in `name`, the backup's file name.

    Raises:
        BackupError: when it is none, or of a newer format.
    """
    try:
        header = msgspec.json.decode(document, type=_Header)
        if header.format > FORMAT:
            raise BackupError(
                f"{name} has format {header.format} (written by Stadspuls {header.stadspuls}); this Stadspuls reads up "
                f"to {FORMAT}: upgrade it first"
            )
        return msgspec.json.decode(document, type=Manifest)
    except msgspec.MsgspecError as error:
        raise BackupError(f"{name} is damaged: {MANIFEST}: {error}") from error


def log_member(dataset: str) -> str:
    """Where a dataset's published log lies."""
    return f"log/{dataset}"


def rejected_member(number: int) -> str:
    """Where a page of rejections lies; the first has the newest."""
    return f"rejected/{number:08}"
