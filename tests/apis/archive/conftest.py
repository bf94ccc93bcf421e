"""A published log that a test writes as it likes, worked into an archive, and read back by others' tools."""

import io
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import Event

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from apis.archive.archivist import Archivist
from apis.archive.shelf import Shelf
from stadspuls.clock import DAY, HOUR, SECOND, parse_rfc3339
from stadspuls.log import ObservationFrame
from stadspuls.model import Datastream, Observation, Value
from stadspuls.registry import Registry
from stadspuls.settings import Settings, load_settings
from store.backends import open_reader, open_writer
from tests.apis.conftest import BASE, Api
from tests.apis.pages.cities import pages_registry

PARKING = "gent/parking"
MIDNIGHT = parse_rfc3339("2026-01-04T23:00:00Z")
"""2026-01-05 begins in Ghent."""
NOON = MIDNIGHT + 12 * HOUR
LONG_AFTER = MIDNIGHT + 10 * DAY
"""Closes every day of the tests."""


class Log:
    """Writes the published log the way the sink does; each observation is published a second after the one before."""

    def __init__(self, settings: Settings, registry: Registry) -> None:
        self._writer = open_writer(settings)
        self._registry = registry
        self._source = 0
        self.now = MIDNIGHT

    def stream(self, sensor: str, name: str, dataset: str = PARKING) -> Datastream:
        found = self._registry.datasets[dataset]
        return found.datastream(sensor, name) or found.derived_datastream(sensor.removesuffix("-derived"), name)

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
        found = stream or self.stream(*of, dataset=dataset)
        return Observation(found, observed_at, self.now - SECOND // 2, self.now, value, **more)  # type: ignore[arg-type]

    def publish(self, *observations: Observation, registry: str | None = None) -> None:
        """One frame."""
        version = self._registry.version if registry is None else registry
        self._writer.write([ObservationFrame(self._source, 0, 1, version, list(observations))])
        self._source += 1

    def observe(self, *instants: int) -> None:
        """One frame of a car park's counts at these instants."""
        self.publish(*(self.one(instant, float(number)) for number, instant in enumerate(instants)))

    def close(self) -> None:
        self._writer.close()


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    return pages_registry(tmp_path)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "data").mkdir()
    return load_settings(
        None,
        data_dir=tmp_path / "data",
        cities_dir=tmp_path / "cities",
        themes_dir=tmp_path / "themes",
        public_url=BASE,
    )


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
