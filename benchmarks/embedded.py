"""The embedded platform: delay at 500 messages/s, and the highest rate it carries without loss."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.cities import PROPERTIES, write_cities
from benchmarks.measures import Load, delays, drained, timed
from benchmarks.running import STADSPULS, MeasuredPlatform, end, free_port, start
from stadspuls.settings import Settings, load_settings

PARTITIONS = 4
DELAY_RATE = 500
DELAY_SECONDS = 30
RATES = (1000, 2000, 3000, 4000, 6000, 8000, 10_000, 12_000, 15_000)
RATE_SECONDS = 15
DRAIN_LIMIT = 5.0
"""Seconds after the load in which everything must be stored for the platform to have kept up."""


def measure_embedded(folder: Path, broker: str) -> None:
    """Print the figures of the embedded platform with one MQTT broker."""
    datasets = write_cities(folder, PARTITIONS)
    print(f"\nEmbedded platform with {broker}: messages of {len(PROPERTIES)} values, QoS 1, {len(datasets)} datasets")
    with embedded_platform(folder, broker) as (platform, settings):
        platform.load(datasets, DELAY_RATE, 5)
        delays(platform, settings, datasets, DELAY_RATE, DELAY_SECONDS)
        _highest_rate(platform, datasets)


@contextmanager
def embedded_platform(folder: Path, broker: str) -> Iterator[tuple[MeasuredPlatform, Settings]]:
    """A platform whose in-memory Kafka was started before it, so that a subscriber knows where it is."""
    platform = MeasuredPlatform(folder, broker, {}, MQTT_PORT=str(free_port()), MQTT_BROKER=broker)
    with (folder / "kafka.log").open("wb") as log:
        kafka = start([STADSPULS, "run", "kafka"], platform.environment, log, subprocess.PIPE)
        try:
            assert kafka.stdout is not None  # noqa: S101 - it was asked for
            bootstrap = kafka.stdout.readline().decode().strip()
            platform.environment["STADSPULS_KAFKA_BOOTSTRAP"] = bootstrap
            with platform:
                yield platform, load_settings(None, kafka_bootstrap=bootstrap)
        finally:
            end(kafka)


def _highest_rate(platform: MeasuredPlatform, datasets: list[str]) -> None:
    print("  rate offered | sent/s | stored of acknowledged values | stored after the load within")
    for rate in RATES:
        before = platform.stored()
        load = Load(platform.load(datasets, rate, RATE_SECONDS))
        stored, took = timed(lambda wanted=before + load.acknowledged: drained(platform, wanted))  # type: ignore[misc]
        stored -= before
        print(f"  {rate:12} | {load.rate:6.0f} | {stored} of {load.acknowledged} | {took:.1f} s", flush=True)
        if load.rate < 0.98 * rate or took > DRAIN_LIMIT or stored < load.acknowledged:
            break
