"""Windowed results out of InfluxDB are those out of SQLite."""

from contextlib import closing
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from stadspuls.clock import DAY, HOUR, MINUTE
from stadspuls.model import Observation, Quality
from stadspuls.settings import Settings, load_settings
from store import windowed
from store.backends import open_reader, open_writer
from store.windowed import WindowQuery, read_windows
from store.windows import SeriesRule, Window
from tests.real.store.conftest import InfluxStore
from tests.store.made import DATASET, START, frame, observation, stream

ON_CHANGE, HOURLY = SeriesRule("on-change", 40 * MINUTE), SeriesRule("periodic", HOUR, HOUR)


def rule(_sensor: str, name: str) -> SeriesRule:
    return HOURLY if name == "no2" else ON_CHANGE


def made() -> list[Observation]:
    spaces = [
        observation(
            START + i * 7 * MINUTE + s * MINUTE,
            float(i * s % 41),
            stream(f"P{s}", site=f"site{s // 2}"),
            quality=Quality.SUSPECT if i % 11 == 5 else Quality.GOOD,
        )
        for i in range(200)
        for s in range(5)
    ]
    means = [observation(START + (i + 1) * HOUR, i / 3, stream("B", "no2", unit="ug/m3")) for i in range(24)]
    return spaces + means


def all_windows(chosen: Settings, query: WindowQuery) -> list[Window]:
    found: list[Window] = []
    with closing(open_reader(chosen)) as reader:
        page = read_windows(reader, query, rule, most_read=300)
        found += page.windows
        while page.after is not None:
            page = read_windows(reader, replace(query, after=page.after), rule, most_read=300)
            found += page.windows
    return found


@pytest.mark.parametrize("every", ["PT15M", "PT1H", "P1D"])
@pytest.mark.parametrize("start", [None, START + 3 * HOUR])
def test_windows_are_those_of_sqlite(
    store: InfluxStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, every: str, start: int | None
) -> None:
    monkeypatch.setattr(windowed, "READ_AT_ONCE", 100)
    query = WindowQuery(dataset=DATASET, every=every, zone=ZoneInfo("Europe/Brussels"), start=start, end=START + DAY)
    found = []
    for chosen in (load_settings(None, data_dir=tmp_path / "sqlite"), store.settings):
        with closing(open_writer(chosen)) as writer:
            writer.write([frame(*made())])
        found.append(all_windows(chosen, query))
    assert len(found[0]) > 4
    assert found[1] == found[0]
