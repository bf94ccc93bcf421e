"""A disk that is full for a while, and clocks that jump, cost nothing."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from stadspuls.clock import HOUR, SECOND, now_us, parse_rfc3339, rfc3339
from tests.platform.running import Platform, eventually

pytestmark = [pytest.mark.platform, pytest.mark.timeout(300)]

SENSOR = "leuven/air-quality/station-1"
LIBFAKETIME = Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1")


def values(platform: Platform) -> list[float]:
    return [o["value"] for o in platform.history("leuven/air-quality", sensor="station-1", property="no2")]


def readings(count: int, first: int, start: int) -> list[tuple[str, dict[str, object]]]:
    """Readings with their number as value, a second apart."""
    return [(SENSOR, {"time": rfc3339(start + n * SECOND), "no2": n % 400}) for n in range(first, first + count)]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 48 MiB."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small file system")
    folder = tmp_path / "disk"
    folder.mkdir()
    if subprocess.run(["/bin/mount", "-t", "tmpfs", "-o", "size=48m", "tmpfs", str(folder)], check=False).returncode:
        pytest.skip("this machine does not let us mount a small file system")
    yield folder
    subprocess.run(["/bin/umount", "-l", str(folder)], check=True)


def test_a_full_disk_is_waited_for(small_disk: Path) -> None:
    platform = Platform(small_disk / "data")
    platform.output = small_disk.parent / "platform.log"
    platform.start()
    start = now_us() - HOUR
    try:
        platform.publish(readings(200, 0, start))
        eventually(lambda: len(values(platform)) == 200)
        ballast = small_disk / "ballast"
        fill(ballast)
        platform.publish(readings(200, 200, start))
        # The platform has noticed: what came is neither stored nor acknowledged for nothing.
        eventually(lambda: platform.metric("stadspuls_messages_received_total") >= 400)
        ballast.unlink()
        eventually(lambda: len(values(platform)) == 400, 90)
        assert values(platform) == [n % 400 for n in range(400)]
    finally:
        platform.stop()


def fill(ballast: Path) -> None:
    """Leave no byte free."""
    with ballast.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"\0" * 4096)
        except OSError:
            return


@pytest.fixture
def clock(tmp_path: Path) -> Path:
    """The file that says by how many seconds the platform's clock is wrong."""
    if not LIBFAKETIME.exists() and shutil.which("faketime") is None:
        pytest.skip("libfaketime is not installed (Debian: apt-get install faketime)")
    file = tmp_path / "clock"
    file.write_text("+0")
    return file


def test_clocks_that_jump_lose_nothing_and_publish_in_order(tmp_path: Path, clock: Path) -> None:
    platform = Platform(tmp_path / "data")
    platform.environment |= {
        "LD_PRELOAD": str(LIBFAKETIME),
        "FAKETIME_TIMESTAMP_FILE": str(clock),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "FAKETIME_DONT_RESET": "1",
    }
    platform.start()
    start = now_us() - 6 * HOUR
    try:
        for turn, jump in enumerate(("+0", "+3600", "-3600", "+86400", "-7200", "+0")):
            clock.write_text(jump)
            platform.publish(readings(50, turn * 50, start))
            eventually(lambda wanted=(turn + 1) * 50: len(values(platform)) == wanted)  # type: ignore[misc]
            time.sleep(0.2)
        found = platform.history("leuven/air-quality", sensor="station-1", property="no2")
    finally:
        platform.stop()
    assert [o["value"] for o in found] == [n % 400 for n in range(300)]
    published = [parse_rfc3339(o["publishedAt"]) for o in found]
    assert published == sorted(set(published))
    assert max(published) - min(published) > 20 * HOUR, "the clocks did jump"
