"""A replay on the real servers, where what was worked through is told in transactions."""

import shutil
from pathlib import Path

from stadspuls.settings import ROOT, Settings
from tests.platform.replaying import replay_after_a_correction
from tests.real.real_platform import platform_on


def test_what_came_before_its_sensor_was_registered_is_published_once(real_settings: Settings, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "cities", tmp_path / "cities")
    platform = platform_on(real_settings, tmp_path / "data", CITIES_DIR=str(tmp_path / "cities"))
    platform.start()
    try:
        replay_after_a_correction(platform, tmp_path / "cities" / "kortrijk.yaml")
    finally:
        code = platform.stop()
    assert code == 0, platform.output.read_text()
