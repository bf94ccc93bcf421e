"""The folder of an export: what is in it, how far it goes, and that it is whole whatever ends the process."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from tempfile import NamedTemporaryFile

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from apis.warehouse.dimensions import DIMENSIONS, Row
from stadspuls.clock import to_datetime, to_us
from stadspuls.errors import ExportError
from stadspuls.files import sync_folder
from stadspuls.holding import HeldByOther, held

VERSION = 1
STATE = "export.json"
LOCK = "export.lock"
FACTS = "observations"
_TEMPORARY = ".new-"
_NAME = "%Y%m%dT%H%M%S.%fZ"


class ExportState(msgspec.Struct):
    """How far an export goes, by dataset: everything published up to then is in its files."""

    version: int = VERSION
    through: dict[str, int] = {}


class ExportFolder:
    """Files are written beside their place and then renamed; the state comes last, and decides what counts."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.state = ExportState()

    @contextmanager
    def opened(self) -> Iterator[None]:
        """Hold the folder, read how far it is, and take away what a killed export has left unfinished.

        Raises:
            ExportError: when it is in use, holds something else, was made by a newer Stadspuls, or cannot be written.
        """
        try:
            self._path.mkdir(parents=True, exist_ok=True)
            with held(self._path / LOCK):
                self.state = self._read()
                self._sweep()
                yield
        except HeldByOther as error:
            raise ExportError(f"Another export into {self._path} is running (pid {error.text})") from error
        except OSError as error:
            raise ExportError(f"{self._path} cannot be written: {error}") from error

    @contextmanager
    def new_facts(self) -> Iterator["NewFile"]:
        """A fact file that gets its place with `NewFile.place`."""
        self._facts.mkdir(exist_ok=True)
        with _new_file(self._path) as file:
            yield file

    def place_facts(self, file: "NewFile", dataset: str, first_published: int) -> None:
        """Give a fact file its name: its dataset, and when the first of its observations was published."""
        folder = self._facts / dataset
        folder.mkdir(parents=True, exist_ok=True)
        file.place(folder / f"{to_datetime(first_published).strftime(_NAME)}.parquet")

    def keep_state(self, dataset: str, through: int) -> None:
        """Say how far a dataset goes; when this returns, it is on the disk."""
        self.state.through[dataset] = through
        self._write_state()

    def read_dimension(self, name: str) -> list[Row]:
        """The rows of a dimension; none before it was written."""
        with suppress(FileNotFoundError):
            rows: list[Row] = pq.read_table(self._dimension(name), schema=DIMENSIONS[name]).to_pylist()
            return rows
        return []

    def write_dimension(self, name: str, table: pa.Table) -> None:
        """Replace a dimension."""
        with _new_file(self._path) as file:
            pq.write_table(table, file.path, compression="zstd")
            file.place(self._dimension(name))

    @property
    def _facts(self) -> Path:
        return self._path / FACTS

    def _dimension(self, name: str) -> Path:
        return self._path / f"{name}.parquet"

    def _read(self) -> ExportState:
        try:
            state = msgspec.json.decode((self._path / STATE).read_bytes(), type=ExportState)
        except FileNotFoundError:
            if self._facts.exists():
                raise ExportError(
                    f"{self._path} holds {FACTS}/ and no {STATE}: choose an empty folder, or put it back"
                ) from None
            self._write_state()
            return self.state
        except msgspec.MsgspecError as error:
            raise ExportError(f"{self._path / STATE} cannot be read ({error}): export into an empty folder") from error
        if state.version > VERSION:
            raise ExportError(f"{self._path} was made by a newer Stadspuls: upgrade this one first")
        return state

    def _write_state(self) -> None:
        with _new_file(self._path) as file:
            file.path.write_bytes(msgspec.json.encode(self.state))
            file.place(self._path / STATE)

    def _sweep(self) -> None:
        for path in self._path.glob(f"{_TEMPORARY}*"):
            path.unlink()
        for path in self._facts.glob("*/*/*.parquet"):
            dataset = f"{path.parent.parent.name}/{path.parent.name}"
            first = to_us(datetime.strptime(path.stem, _NAME).replace(tzinfo=UTC))
            if first > self.state.through.get(dataset, -1):
                # The state does not count it: its observations will come again.
                path.unlink()


class NewFile:
    """A file that nobody knows yet."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def place(self, place: Path) -> None:
        """Put it where it belongs; when this returns, it is on the disk, whole."""
        with self.path.open("rb") as file:
            os.fsync(file.fileno())
        self.path.chmod(0o644)
        self.path.replace(place)
        sync_folder(place.parent)


@contextmanager
def _new_file(folder: Path) -> Iterator[NewFile]:
    with NamedTemporaryFile(dir=folder, prefix=_TEMPORARY, delete=False) as file:
        path = Path(file.name)
    try:
        yield NewFile(path)
    finally:
        path.unlink(missing_ok=True)
