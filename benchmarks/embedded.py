"""The embedded platform: delay at 500 messages/s, and the highest rate it carries without loss."""

import re
import time
from pathlib import Path
from statistics import quantiles

from benchmarks.cities import PROPERTIES
from benchmarks.running import MeasuredPlatform
from benchmarks.subscriber import Subscriber

DELAY_RATE = 500
DELAY_SECONDS = 30
RATES = (1000, 2000, 3000, 4000, 6000, 8000, 10_000, 12_000, 15_000)
RATE_SECONDS = 15
DRAIN_LIMIT = 5.0
"""Seconds after the load in which everything must be stored for the platform to have kept up."""


def measure_broker(folder: Path, broker: str, datasets: list[str]) -> None:
    """Print the figures of the embedded platform with one MQTT broker."""
    print(f"\nEmbedded platform with {broker}: messages of {len(PROPERTIES)} values, QoS 1, 4 datasets")
    with MeasuredPlatform(folder, broker) as platform:
        _delay(platform, datasets)
        _highest_rate(platform, datasets)


def _delay(platform: MeasuredPlatform, datasets: list[str]) -> None:
    platform.load(datasets, DELAY_RATE, 5)
    before = platform.cpu_seconds()
    with Subscriber(platform.bootstrap) as subscriber:
        report = platform.load(datasets, DELAY_RATE, DELAY_SECONDS)
        _drained(platform, 0)
    used = platform.cpu_seconds()
    centiles = quantiles(subscriber.delays, n=100)
    print(f"  sensor -> Kafka subscriber at {DELAY_RATE} messages/s ({report})")
    print(
        f"    values seen {len(subscriber.delays)}, p50 {centiles[49] / 1000:.0f} ms, p99 {centiles[98] / 1000:.0f} ms"
    )
    shares = ", ".join(f"{name} {(used[name] - before[name]) / DELAY_SECONDS:.0%}" for name in used if name in before)
    print(f"    CPU of one core: {shares}")


def _highest_rate(platform: MeasuredPlatform, datasets: list[str]) -> None:
    print("  rate offered | sent/s | stored of acknowledged values | stored after the load within")
    for rate in RATES:
        before = platform.stored()
        report = platform.load(datasets, rate, RATE_SECONDS)
        acknowledged = int(_figure(report, r"(\d+) acknowledged"))
        sent = _figure(report, r"([\d.]+) messages/s")
        began = time.monotonic()
        stored = _drained(platform, before + acknowledged * len(PROPERTIES)) - before
        took = time.monotonic() - began
        print(f"  {rate:12} | {sent:6.0f} | {stored} of {acknowledged * len(PROPERTIES)} | {took:.1f} s")
        if sent < 0.98 * rate or took > DRAIN_LIMIT or stored < acknowledged * len(PROPERTIES):
            break


def _figure(report: str, pattern: str) -> float:
    found = re.search(pattern, report)
    if found is None:
        raise RuntimeError(f"the load generator said {report!r}")
    return float(found[1])


def _drained(platform: MeasuredPlatform, wanted: int) -> int:
    """Observations stored, once there are as many as wanted or no more come."""
    last, since = -1, time.monotonic()
    while True:
        stored = platform.stored()
        if stored != last:
            last, since = stored, time.monotonic()
        if (wanted and stored >= wanted) or time.monotonic() - since > 3:
            return stored
        time.sleep(0.1)
