"""The real profile on Mosquitto, Kafka and InfluxDB: delay, losses and CPU at several rates, memory over time."""

import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from benchmarks.cities import PROPERTIES, write_cities
from benchmarks.measures import delays
from benchmarks.running import MeasuredPlatform, free_port
from deploy.servers.every import every_server
from deploy.servers.influxdb import InfluxDB
from deploy.servers.running import Running
from stadspuls.settings import Profile, Settings, load_settings

RATES = (1000, 5000, 10_000)
SECONDS = float(os.environ.get("STADSPULS_BENCH_SECONDS", "30"))
MEMORY_RATE = 1000
MEMORY_MINUTES = float(os.environ.get("STADSPULS_BENCH_MEMORY_MINUTES", "0"))


def measure_real(folder: Path) -> None:
    """Print the figures of the real profile, where its servers are installed."""
    servers = every_server(load_settings(None, profile=Profile.REAL))
    if not all(server.installed() for server in servers):
        print("\nReal profile: not measured, `make servers` installs what it needs")
        return
    with _platform(folder) as (platform, settings, datasets):
        print(f"\nReal profile: messages of {len(PROPERTIES)} values, QoS 1, {len(datasets)} datasets")
        platform.load(datasets, 500, 5)
        for rate in RATES:
            delays(platform, settings, datasets, rate, SECONDS)
        if MEMORY_MINUTES:
            _memory(platform, datasets)


@contextmanager
def _platform(folder: Path) -> Iterator[tuple[MeasuredPlatform, Settings, list[str]]]:
    with ExitStack() as stack:
        every = every_server(load_settings(None, profile=Profile.REAL))
        running = {s.name: stack.enter_context(Running(s, folder / s.name, free_port())) for s in every}
        database = running["influxdb"]
        assert isinstance(database.server, InfluxDB)  # noqa: S101 - it is called so
        given = {
            "mqtt_port": running["mosquitto"].port,
            "kafka_bootstrap": str(running["kafka"].address),
            "influx_url": f"http://{database.address}",
            "influx_token": database.server.token(database.folder),
        }
        settings = load_settings(None, profile=Profile.REAL, **given)
        datasets = write_cities(folder, settings.partitions)
        pids = {name: server.pid for name, server in running.items()}
        environment = {name.upper(): str(value) for name, value in given.items()}
        yield (
            stack.enter_context(MeasuredPlatform(folder, "real", pids, PROFILE="real", **environment)),
            settings,
            datasets,
        )


def _memory(platform: MeasuredPlatform, datasets: list[str]) -> None:
    """Print the memory of every process at the start, in the middle and at the end of a long steady load."""
    print(f"  memory in MiB at {MEMORY_RATE} messages/s")
    began = time.monotonic()
    for share in (0.02, 0.48, 0.5):
        platform.load(datasets, MEMORY_RATE, share * MEMORY_MINUTES * 60)
        used = ", ".join(f"{name} {size / 2**20:.0f}" for name, size in platform.memory().items())
        print(f"    after {(time.monotonic() - began) / 60:.0f} min: {used}", flush=True)
