"""The registry changes while readings come in: nothing is lost, nothing is wrong, and the history stays."""

from pathlib import Path

from tests.platform.registry_change import edited_city, sensors_come_move_and_go
from tests.platform.running import Platform


def test_sensors_come_move_and_go_under_load(tmp_path: Path) -> None:
    city, settings = edited_city(tmp_path)
    platform = Platform(tmp_path / "data", **settings)
    platform.start()
    try:
        sensors_come_move_and_go(platform, city)
    finally:
        platform.stop()
