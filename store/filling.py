"""A store that a command is filling: what it is filled from, how far that is, and that nothing else may write to it.

The note lies in the data folder from before the first write until the store is whole, so that a command that was
killed goes on where it was, and no sink starts on half a store.
"""

import msgspec

from stadspuls.errors import StoreError
from stadspuls.files import EVERYBODY_READS, sync_folder, write_whole
from stadspuls.settings import Settings
from store.log_positions import LogPosition
from store.protocol import RejectedQuery, StoreReader

NAME = "filling.json"


class Filling(msgspec.Struct, frozen=True):
    """What is under way."""

    command: str
    """`rebuild` or `restore`."""
    source: str
    """What it is filled from; a continuation must have the same."""
    store: str
    """Which store it is."""
    positions: list[LogPosition] = []
    """For a rebuild: where each partition goes on."""


class FillingNote:
    """Reads and writes the note of one data folder."""

    def __init__(self, settings: Settings) -> None:
        self._path = settings.data_dir / NAME
        self._store = store_name(settings)

    def read(self) -> Filling | None:
        """What is under way in the store of the settings; None when nothing is.

        Raises:
            StoreError: when the note cannot be read.
        """
        try:
            filling = msgspec.json.decode(self._path.read_bytes(), type=Filling)
        except FileNotFoundError:
            return None
        except (OSError, msgspec.MsgspecError) as error:
            raise StoreError(f"{self._path} cannot be read ({error}): empty the store, then remove it") from error
        return filling if filling.store == self._store else None

    def write(self, filling: Filling) -> None:
        """Replace the note; when this returns, it is on the disk."""
        write_whole(self._path, msgspec.json.encode(filling), EVERYBODY_READS)
        sync_folder(self._path.parent)

    def remove(self) -> None:
        """The store is whole."""
        self._path.unlink(missing_ok=True)


def refuse_half_filled(settings: Settings) -> None:
    """Refuse a store that a command has not filled to its end.

    Raises:
        StoreError: saying which command, and the cure.
    """
    filling = FillingNote(settings).read()
    if filling is not None:
        raise StoreError(f"The store is only half filled: start `stadspuls {filling.command}` again, it will finish it")


def continued(settings: Settings, reader: StoreReader, command: str, source: str) -> Filling | None:
    """What a command goes on with; None when the store is empty and it begins.

    Raises:
        StoreError: when the store holds anything else.
    """
    filling = FillingNote(settings).read()
    if is_empty(reader):
        return None
    if filling is None:
        raise StoreError(
            f"The store ({store_name(settings)}) is not empty: `stadspuls {command}` fills an empty one only. "
            "Stop the platform and put the old store away first"
        )
    if (filling.command, filling.source) != (command, source):
        raise StoreError(
            f"The store is half filled by `stadspuls {filling.command}` from {filling.source}: finish that, or put "
            "the store away first"
        )
    return filling


def is_empty(reader: StoreReader) -> bool:
    """Whether a store holds nothing at all."""
    return not reader.stored_through() and not reader.rejected(RejectedQuery(limit=1))


def store_name(settings: Settings) -> str:
    """Which store the settings choose, in words."""
    if settings.store == "sqlite":
        return settings.sqlite_path.name
    return f"{settings.influx_url} {settings.influx_org}/{settings.influx_bucket}"
