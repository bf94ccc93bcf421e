import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.platform.running import ROOT, Platform

NOISE_THEME = """\
slug: noise
names: {nl: Geluid, en: Noise}
descriptions: {nl: Geluidsniveaus in de stad., en: Sound levels in the city.}
kinds:
  station: {names: {nl: Meetpunt, en: Measuring point}}
properties:
  LAeq:
    names: {nl: Equivalent geluidsniveau, en: Equivalent sound level}
    unit: dB
    type: number
    possible: {min: 0, max: 194}
    plausible: {min: 15, max: 140}
    sampling: periodic
    max_age: PT15M
"""

NOISE_DATASET = """
  noise:
    titles: {nl: Geluid in Kortrijk, en: Noise in Kortrijk}
    licence: http://creativecommons.org/publicdomain/zero/1.0/
    origin: measured
    sites:
      - {id: market, names: {nl: Grote Markt}, kind: station, point: {latitude: 50.828, longitude: 3.264}}
    sensors:
      - {id: N1, site: market, properties: [LAeq]}
"""


@pytest.fixture(scope="session")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """One platform for all tests of this folder that only add data, each to datasets of its own.

    Its registry is the shipped one and a theme more: one file, and an entry in a city's file.
    """
    folder = tmp_path_factory.mktemp("platform")
    shutil.copytree(ROOT / "cities", folder / "cities")
    shutil.copytree(ROOT / "themes", folder / "themes")
    (folder / "themes" / "noise.yaml").write_text(NOISE_THEME)
    with (folder / "cities" / "kortrijk.yaml").open("a") as city:
        city.write(NOISE_DATASET)
    running = Platform(folder / "data", CITIES_DIR=str(folder / "cities"), THEMES_DIR=str(folder / "themes"))
    running.start()
    try:
        yield running
    finally:
        code = running.stop()
    assert code == 0, running.output.read_text()


@pytest.fixture
def own_platform(tmp_path: Path) -> Iterator[Platform]:
    """A platform that one test may mistreat."""
    running = Platform(tmp_path / "data")
    running.start()
    try:
        yield running
    finally:
        running.stop()
