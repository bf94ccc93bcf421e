"""An export of a published log that a test writes as it likes, read with DuckDB."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import Event
from typing import Any

import duckdb
import pytest

from apis.warehouse.export import Export, ExportProgress
from stadspuls.registry import Registry
from stadspuls.settings import Settings, load_settings
from store.backends import open_reader
from tests.apis.archive.conftest import Log
from tests.apis.conftest import BASE
from tests.apis.pages.cities import pages_registry


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


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "warehouse"


def export(
    settings: Settings, registry: Registry, folder: Path, *datasets: str, since: int = 0, stop: Event | None = None
) -> list[ExportProgress]:
    """One run; what it reported."""
    said: list[ExportProgress] = []
    with closing(open_reader(settings)) as reader:
        chosen = [registry.datasets[name] for name in datasets or sorted(registry.datasets)]
        run = Export(folder, reader, registry, BASE, report=said.append)
        run.run(chosen, lambda _dataset: since, stop or Event())
    return said


def ask(folder: Path, question: str) -> list[tuple[Any, ...]]:
    """The answer of DuckDB, run in the folder's parent as `warehouse/...`."""
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(f"SET file_search_path = '{folder.parent}'")
        return connection.execute(question).fetchall()


def fact_files(folder: Path) -> dict[str, bytes]:
    found = sorted((folder / "observations").rglob("*.parquet"))
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}
