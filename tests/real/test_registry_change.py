"""The registry changes under load on the real servers, where two workers take it up each for itself."""

from pathlib import Path

from stadspuls.settings import Settings
from tests.platform.registry_change import edited_city, sensors_come_move_and_go
from tests.real.real_platform import platform_on


def test_sensors_come_move_and_go_under_load(real_settings: Settings, tmp_path: Path) -> None:
    city, settings = edited_city(tmp_path)
    platform = platform_on(real_settings, tmp_path / "data", WORKERS="2", **settings)
    platform.start()
    try:
        sensors_come_move_and_go(platform, city)
    finally:
        platform.stop()
