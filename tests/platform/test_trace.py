"""`stadspuls trace` beside a running embedded platform, and without one."""

import pytest

from tests.platform.running import Platform
from tests.platform.tracing import ask, follow_readings


@pytest.mark.timeout(400)
def test_readings_are_followed_through_an_embedded_platform(own_platform: Platform) -> None:
    follow_readings(own_platform)
    own_platform.kill_everything()
    gone = ask(own_platform, "gent/parking/P1")
    assert (gone.returncode, gone.stdout) == (1, "")
    assert "No platform runs on" in gone.stderr
