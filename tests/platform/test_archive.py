"""Recorded days, replayed over MQTT and archived, read by DuckDB and pandas as anyone would: they equal the history."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

from stadspuls.clock import now_us, rfc3339
from tests.platform.running import Platform, eventually
from tests.platform.test_recordings import GHENT, RECORDINGS, Row, airbase_rows, ghent_rows

BORGERHOUT = RECORDINGS / "airbase-BETR801-no2-2012.tsv"
COLUMNS = [
    "site",
    "sensor",
    "property",
    "observedAt",
    "receivedAt",
    "publishedAt",
    "value",
    "unit",
    "quality",
    "origin",
]


def archived(platform: Platform, dataset: str) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = platform.get(f"/{dataset}/archive/")["entries"]
    return entries


def download(platform: Platform, dataset: str, folder: Path) -> list[Path]:
    """Every Parquet file of an archive."""
    paths = []
    for entry in archived(platform, dataset):
        url = entry["files"][0]["url"]
        path = folder / url.rpartition("/")[2]
        path.write_bytes(platform.http.get(url).content)
        paths.append(path)
    return paths


def rows_of(platform: Platform, dataset: str) -> set[tuple[Any, ...]]:
    """The history until yesterday, with instants as such."""
    found = platform.history(dataset, limit="10000", to=rfc3339(now_us() - 86_400_000_000))
    return {tuple(instant(o[c]) if c.endswith("At") else o[c] for c in COLUMNS) for o in found}


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def replay(platform: Platform, file: Path, dataset: str, count: int) -> None:
    """Play a recording, and wait until it is stored."""
    platform.run("replay", str(file), "--speed", "0")
    eventually(lambda: platform.metric("stadspuls_stored_observations_total", dataset=dataset) >= count, 90)


def check(platform: Platform, dataset: str, expected: set[Row], folder: Path) -> None:
    """Wait for a dataset's archive, and compare it with what was recorded and with the history."""
    eventually(lambda: sum(entry["rows"] for entry in archived(platform, dataset)) >= len(expected), 300)
    folder.mkdir()
    paths = download(platform, dataset, folder)
    history = rows_of(platform, dataset)
    assert len(history) == len(expected)
    assert {(row[1], row[3].strftime("%Y-%m-%dT%H:%M:%SZ"), float(row[6])) for row in history} == expected

    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        found = connection.read_parquet(f"{folder}/*.parquet").project(", ".join(COLUMNS)).fetchall()
    assert len(found) == len(expected)
    assert {tuple(c.astimezone(UTC) if isinstance(c, datetime) else c for c in row) for row in found} == history

    frame = pd.concat([pd.read_parquet(path) for path in paths])[COLUMNS]
    assert len(frame) == len(expected)
    assert set(frame.itertuples(index=False, name=None)) == history

    # It arrived in order, so nothing of it was late: a file a day and no correction.
    assert {entry["revision"] for entry in archived(platform, dataset)} == {0}


@pytest.mark.platform
@pytest.mark.timeout(600)
def test_the_archive_of_replayed_days_equals_the_history(own_platform: Platform, tmp_path: Path) -> None:
    parking, air = ghent_rows(), airbase_rows(BORGERHOUT)
    replay(own_platform, GHENT, "gent/parking", len(parking))
    replay(own_platform, BORGERHOUT, "antwerpen/air-quality", len(air))
    now = rfc3339(now_us())
    # Something of today closes whatever is past.
    own_platform.publish(
        [
            ("gent/parking/P1", {"time": now, "vacantSpaces": 1}),
            ("antwerpen/air-quality/BETR801", {"time": now, "no2": 1}),
        ]
    )
    check(own_platform, "gent/parking", parking, tmp_path / "parking")
    check(own_platform, "antwerpen/air-quality", air, tmp_path / "air")
