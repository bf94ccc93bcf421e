"""A published log that a test writes as it likes, worked into an archive, and read back by others' tools."""

import io
from collections.abc import Iterator
from contextlib import closing
from threading import Event

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from apis.archive.archivist import Archivist
from apis.archive.shelf import Shelf
from stadspuls.clock import DAY, HOUR, SECOND, parse_rfc3339
from stadspuls.model import Datastream, Observation, Value
from stadspuls.registry import Registry
from stadspuls.settings import Settings
from store.backends import open_reader
from tests.apis.conftest import Api
from tests.apis.pages.conftest import PublishedLog, registry, settings

__all__ = ["registry", "settings"]

PARKING = "gent/parking"
MIDNIGHT = parse_rfc3339("2026-01-04T23:00:00Z")
"""2026-01-05 begins in Ghent."""
NOON = MIDNIGHT + 12 * HOUR
LONG_AFTER = MIDNIGHT + 10 * DAY
"""Closes every day of the tests."""


class Log(PublishedLog):
    """Observations are told by when they are observed; each is published a second after the one before."""

    def __init__(self, settings: Settings, registry: Registry) -> None:
        super().__init__(settings, registry)
        self.now = MIDNIGHT

    def one(
        self,
        observed_at: int,
        value: Value = 100.0,
        of: tuple[str, str] = ("P1", "vacantSpaces"),
        *,
        dataset: str = PARKING,
        stream: Datastream | None = None,
        **more: object,
    ) -> Observation:
        self.now = max(self.now + SECOND, observed_at + SECOND)
        found = stream or self.stream(dataset, *of)
        return Observation(found, observed_at, self.now - SECOND // 2, self.now, value, **more)  # type: ignore[arg-type]

    def observe(self, *instants: int) -> None:
        """One frame of a car park's counts at these instants."""
        self.publish(*(self.one(instant, float(number)) for number, instant in enumerate(instants)))


@pytest.fixture
def log(settings: Settings, registry: Registry) -> Iterator[Log]:
    log = Log(settings, registry)
    yield log
    log.close()


def archive(settings: Settings, registry: Registry) -> None:
    """What the process does in one look."""
    with closing(open_reader(settings)) as reader:
        archivist = Archivist(settings, registry)
        archivist.work(reader, Event())
        archivist.keep()


def names(settings: Settings, dataset: str = PARKING) -> list[str]:
    """The files there are, without their ends."""
    return [entry.name for entry in Shelf(settings).entries(dataset)]


def contents(settings: Settings) -> dict[str, bytes]:
    """Every file that is published, by its path."""
    folder = settings.data_dir / "archive"
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files if path.name != "progress.json"}


def table(api: Api, name: str) -> pa.Table:
    """A Parquet file as it is served."""
    answer = api.get(f"/{PARKING}/archive/{name}.parquet")
    assert answer.status_code == 200, answer.text
    return pq.read_table(io.BytesIO(answer.content))


def instants(api: Api, name: str) -> list[int]:
    """When what a file holds was observed, in its order."""
    found: list[int] = table(api, name).column("observedAt").cast(pa.int64()).to_pylist()
    return found
