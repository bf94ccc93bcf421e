"""Recorded data goes from MQTT to the history exactly as recorded; read here without the product's own readers."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.platform.running import ROOT, Platform, eventually

RECORDINGS = ROOT / "simulators" / "recordings"
GHENT = RECORDINGS / "ghent-parking-2017-11-08.trig"

Row = tuple[str, str, float]


def ghent_rows() -> set[Row]:
    """Sensor, instant, vacant spaces."""
    rows: set[Row] = set()
    text = GHENT.read_text()
    for moment, graph in re.findall(r"parking\?time=([^>]+)> \{(.*?)\n\}", text, re.DOTALL):
        at = datetime.fromisoformat(moment + "+01:00").astimezone(UTC)
        for site, value in re.findall(r'parking/(P\d+)> datex:parkingNumberOfVacantSpaces "(\d+)"', graph):
            rows.add((site, f"{at:%Y-%m-%dT%H:%M:%SZ}", float(value)))
    return rows


def airbase_rows(file: Path) -> set[Row]:
    """Sensor, end of the hour, NO2; hours are UTC+1 all year, named by their end."""
    rows: set[Row] = set()
    sensor = file.name.split("-")[1]
    for line in file.read_text().splitlines():
        day, *pairs = line.split("\t")
        for hour, (value, flag) in enumerate(zip(pairs[::2], pairs[1::2], strict=True), start=1):
            if int(flag) > 0:
                at = datetime.fromisoformat(day + "T00:00:00+00:00") + timedelta(hours=hour - 1)
                rows.add((sensor, f"{at:%Y-%m-%dT%H:%M:%SZ}", float(value)))
    return rows


def stored_rows(platform: Platform, dataset: str) -> list[Row]:
    return [(o["sensor"], o["observedAt"], o["value"]) for o in platform.history(dataset, limit="10000")]


@pytest.mark.platform
@pytest.mark.parametrize(
    ("file", "dataset", "expected"),
    [
        (GHENT, "gent/parking", ghent_rows),
        (
            RECORDINGS / "airbase-BETR801-no2-2012.tsv",
            "antwerpen/air-quality",
            lambda: airbase_rows(RECORDINGS / "airbase-BETR801-no2-2012.tsv"),
        ),
        (
            RECORDINGS / "airbase-BETN029-no2-2012.tsv",
            "vlaanderen/air-quality",
            lambda: airbase_rows(RECORDINGS / "airbase-BETN029-no2-2012.tsv"),
        ),
    ],
    ids=["ghent", "borgerhout", "houtem"],
)
def test_a_replay_gives_exactly_what_was_recorded_and_a_second_one_adds_nothing(
    platform: Platform, file: Path, dataset: str, expected: object
) -> None:
    rows: set[Row] = expected()  # type: ignore[operator]
    platform.run("replay", str(file), "--speed", "0")
    eventually(lambda: platform.metric("stadspuls_stored_observations_total", dataset=dataset) >= len(rows))
    stored = stored_rows(platform, dataset)
    assert len(stored) == len(rows)
    assert set(stored) == rows
    assert [row[1] for row in stored] == sorted(row[1] for row in stored)

    platform.run("replay", str(file), "--speed", "0")
    labels = {"dataset": dataset, "outcome": "repeated"}
    eventually(lambda: platform.metric("stadspuls_readings_total", **labels) >= len(rows))
    assert platform.metric("stadspuls_readings_total", **labels) == len(rows)
    assert stored_rows(platform, dataset) == stored


def test_the_recordings_hold_what_these_tests_think() -> None:
    assert len(ghent_rows()) == 210 * 6
    assert len(airbase_rows(RECORDINGS / "airbase-BETR801-no2-2012.tsv")) == 7962
    assert len(airbase_rows(RECORDINGS / "airbase-BETN029-no2-2012.tsv")) == 8305
    assert {value for _, _, value in airbase_rows(RECORDINGS / "airbase-BETN029-no2-2012.tsv")}.isdisjoint({-9999.0})


def test_every_replayed_answer_says_so(platform: Platform) -> None:
    platform.run("replay", str(GHENT), "--speed", "0")
    latest = eventually(lambda: platform.get("/gent/parking/latest") if platform.latest("gent/parking") else None)
    assert latest["origin"] == "replayed"
    assert {o["origin"] for o in latest["observations"]} == {"replayed"}
    assert ",replayed" in platform.http.get("/gent/parking/latest?format=csv").text
    assert '"replayed"' in platform.http.get("/gent/parking/latest?format=geojson").text
