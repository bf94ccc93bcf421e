"""A sensor sends before it is registered; the file is corrected, and what was kept back is published, once."""

import shutil
from pathlib import Path

from tests.platform.replaying import replay_after_a_correction
from tests.platform.running import ROOT, Platform


def test_what_came_before_its_sensor_was_registered_is_published_once(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "cities", tmp_path / "cities")
    platform = Platform(tmp_path / "data", CITIES_DIR=str(tmp_path / "cities"))
    platform.start()
    try:
        replay_after_a_correction(platform, tmp_path / "cities" / "kortrijk.yaml")
    finally:
        code = platform.stop()
    assert code == 0, platform.output.read_text()
