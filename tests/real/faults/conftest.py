from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from deploy.servers.running import Running
from tests.real.faults.running import RealPlatform, real_platform
from tests.real.serving import StartServer

StartPlatform = Callable[..., RealPlatform]
Say = Callable[[object], None]


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Say:
    """Prints past pytest: a long run is watched, and its counts are its result."""

    def printed(text: object) -> None:
        with capsys.disabled():
            print(f"  {text}", flush=True)

    return printed


@pytest.fixture
def servers(start_server: StartServer) -> dict[str, Running]:
    """Servers that this test alone has, and may mistreat."""
    return {name: start_server(name) for name in ("mosquitto", "kafka", "influxdb")}


@pytest.fixture
def start_platform(servers: dict[str, Running], tmp_path: Path) -> Iterator[StartPlatform]:
    """Starts a platform on these servers; further settings by name."""
    started: list[RealPlatform] = []

    def start(environment: dict[str, str] | None = None, **settings: str) -> RealPlatform:
        platform = real_platform(tmp_path, servers, environment, **settings)
        platform.start()
        started.append(platform)
        return platform

    yield start
    for platform in started:
        platform.stop()
