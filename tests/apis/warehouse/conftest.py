"""An export of a published log that a test writes as it likes, read with DuckDB."""

from contextlib import closing
from pathlib import Path
from threading import Event
from typing import Any

import duckdb
import pytest

from apis.warehouse.export import Export, ExportProgress
from stadspuls.registry import Registry
from stadspuls.settings import Settings
from store.backends import open_reader
from tests.apis.archive.conftest import log, registry, settings
from tests.apis.conftest import BASE

__all__ = ["log", "registry", "settings"]


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
