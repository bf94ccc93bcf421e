"""Archives and exports out of InfluxDB are, byte for byte, those out of SQLite."""

from contextlib import closing
from pathlib import Path

import pytest

from stadspuls.clock import DAY, HOUR, MINUTE
from stadspuls.log import ObservationFrame
from stadspuls.settings import Settings, load_settings
from store.backends import open_reader, open_writer
from tests.apis.archive.conftest import LONG_AFTER, MIDNIGHT, NOON, PARKING, Log, archive, contents, names
from tests.apis.archive.test_contents import mixed
from tests.apis.conftest import BASE
from tests.apis.pages.cities import pages_registry
from tests.apis.warehouse.conftest import export, fact_files
from tests.real.store.conftest import InfluxStore


def copied(source: Settings, target: Settings) -> None:
    """The same published log in another store."""
    with closing(open_reader(source)) as reader, closing(open_writer(target)) as writer:
        frames: list[ObservationFrame] = [entry.frame for entry in reader.log(PARKING, 0, 2**60, 10_000)]
        writer.write(frames)


@pytest.fixture
def both(store: InfluxStore, tmp_path: Path) -> tuple[Settings, Settings]:
    """Stores with the same log: several days, odd values, late data."""
    folders = [tmp_path / "sqlite", tmp_path / "influx"]
    for folder in folders:
        folder.mkdir()
    sqlite = load_settings(None, data_dir=folders[0], public_url=BASE)
    influx = store.settings.model_copy(update={"data_dir": folders[1], "public_url": BASE})
    log = Log(sqlite, pages_registry(tmp_path))
    for day in range(4):
        for hour in range(24):
            log.observe(*(MIDNIGHT + day * DAY + hour * HOUR + minute * MINUTE for minute in range(1, 60, 7)))
    log.publish(*mixed(log))
    log.observe(LONG_AFTER)
    log.observe(NOON + 77)
    log.observe(LONG_AFTER + DAY)
    log.close()
    copied(sqlite, influx)
    return sqlite, influx


def test_archives_are_the_same(both: tuple[Settings, Settings], tmp_path: Path) -> None:
    sqlite, influx = both
    registry = pages_registry(tmp_path)
    for settings in both:
        archive(settings, registry)
    assert names(influx) == [
        "2026-01-05", "2026-01-05.correction-1", "2026-01-05.correction-2", "2026-01-06", "2026-01-07", "2026-01-08",
    ]  # fmt: skip
    assert contents(influx) == contents(sqlite)


def test_exports_are_the_same(both: tuple[Settings, Settings], tmp_path: Path) -> None:
    registry = pages_registry(tmp_path)
    folders = [tmp_path / "from-sqlite", tmp_path / "from-influx"]
    for settings, folder in zip(both, folders, strict=True):
        export(settings, registry, folder)
        assert export(settings, registry, folder)[-1].files == 0
    assert fact_files(folders[0]) == fact_files(folders[1])
    for name in ("datasets", "sites", "sensors", "properties", "time"):
        one, other = ((folder / f"{name}.parquet").read_bytes() for folder in folders)
        assert one == other
