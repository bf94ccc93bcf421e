"""The same recordings give the same answers through the real servers as through the embedded platform."""

from pathlib import Path
from typing import Any

import pytest

from stadspuls.settings import Settings
from tests.platform.running import Platform, eventually
from tests.platform.test_recordings import GHENT, RECORDINGS
from tests.real.real_platform import platform_on

REPLAYED = {
    "gent/parking": (GHENT, 1260),
    "antwerpen/air-quality": (RECORDINGS / "airbase-BETR801-no2-2012.tsv", 7962),
    "vlaanderen/air-quality": (RECORDINGS / "airbase-BETN029-no2-2012.tsv", 8305),
}
SAME = ("site", "sensor", "property", "value", "unit", "observedAt", "quality", "origin")
PUBLIC_URL = "https://stadspuls.example"

pytestmark = pytest.mark.timeout(600)


def answers(platform: Platform) -> dict[str, list[dict[str, Any]]]:
    platform.start()
    try:
        for file, _ in REPLAYED.values():
            platform.run("replay", str(file), "--speed", "0")
        for dataset, (_, count) in REPLAYED.items():
            eventually(
                lambda name=dataset, wanted=count: (  # type: ignore[misc]
                    platform.metric("stadspuls_stored_observations_total", dataset=name) >= wanted
                ),
                120,
            )
        return {
            dataset: [{name: o[name] for name in SAME} for o in platform.history(dataset, limit="10000")]
            for dataset in REPLAYED
        }
    finally:
        platform.stop()


def test_recordings_give_the_same_rows_in_the_same_order(real_settings: Settings, tmp_path: Path) -> None:
    real = answers(platform_on(real_settings, tmp_path / "real", PUBLIC_URL=PUBLIC_URL))
    embedded = answers(Platform(tmp_path / "embedded", PUBLIC_URL=PUBLIC_URL))
    assert {dataset: len(rows) for dataset, rows in real.items()} == {
        dataset: count for dataset, (_, count) in REPLAYED.items()
    }
    assert real == embedded
