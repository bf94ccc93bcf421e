"""The real profile under one supervisor, on servers of its own that may be mistreated."""

import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks.cities import write_cities
from deploy.servers.running import Running
from stadspuls.settings import Settings
from tests.platform.running import Platform, eventually
from tests.real.faults.schedule import SERVERS, Fault
from tests.real.real_platform import platform_on
from tests.real.serving import settings_for


@dataclass
class RealPlatform:
    """`stadspuls up --profile real` with two workers, and the servers it runs on."""

    settings: Settings
    datasets: list[str]
    servers: dict[str, Running]
    platform: Platform

    def start(self) -> None:
        self.platform.start()

    def stop(self) -> int:
        return self.platform.stop()

    def suffer(self, fault: Fault) -> None:
        """Let something go wrong, and end it again."""
        time.sleep(fault.after)
        if fault.target in SERVERS:
            _mistreat(self.servers[fault.target], fault)
        else:
            self._hurt(fault)

    def _hurt(self, fault: Fault) -> None:
        victim = eventually(lambda: self.process(fault.target))
        if fault.action == "kill":
            victim.kill()
            return
        victim.suspend()
        time.sleep(fault.seconds)
        victim.resume()

    def process(self, name: str) -> psutil.Process | None:
        """The process of a service under the supervisor, when it runs."""
        return self.platform.service(name)


def _mistreat(server: Running, fault: Fault) -> None:
    if fault.action == "pause":
        server.pause()
        time.sleep(fault.seconds)
        server.resume()
        return
    if fault.action == "kill":
        server.kill()
    else:
        server.stop()
    time.sleep(fault.seconds)
    server.start()


def real_platform(
    folder: Path, servers: dict[str, Running], environment: dict[str, str] | None = None, **settings: str
) -> RealPlatform:
    """A platform that has not started, with a registry for load."""
    made = settings_for(servers["mosquitto"], servers["kafka"], servers["influxdb"], folder / "data")
    datasets = write_cities(folder, made.partitions)
    cities = {"CITIES_DIR": str(folder / "cities"), "THEMES_DIR": str(folder / "themes")}
    platform = platform_on(made, folder / "data", WORKERS="2", **(cities | settings))
    platform.environment |= environment or {}
    return RealPlatform(made, datasets, servers, platform)
