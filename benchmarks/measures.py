"""What is measured of a platform under load, embedded or real."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import quantiles

from benchmarks.cities import PROPERTIES
from benchmarks.running import MeasuredPlatform
from benchmarks.subscriber import Subscriber
from stadspuls.settings import Settings

STILL = 3.0
"""Seconds without a further observation after which no more are expected."""


@dataclass(frozen=True)
class Load:
    """What the load generator reported."""

    report: str

    @property
    def acknowledged(self) -> int:
        """Values in the messages that the broker acknowledged."""
        return int(self._figure(r"(\d+) acknowledged")) * len(PROPERTIES)

    @property
    def rate(self) -> float:
        """Messages a second that were sent."""
        return self._figure(r"([\d.]+) messages/s")

    def _figure(self, pattern: str) -> float:
        found = re.search(pattern, self.report)
        if found is None:
            raise RuntimeError(f"the load generator said {self.report!r}")
        return float(found[1])


def delays(platform: MeasuredPlatform, settings: Settings, datasets: list[str], rate: float, seconds: float) -> None:
    """Print how long values were under way at a rate, how many arrived and were stored, and the CPU it took."""
    before, stored_before = platform.cpu_seconds(), platform.stored()
    with Subscriber(settings) as subscriber:
        load = Load(platform.load(datasets, rate, seconds))
        stored = drained(platform, stored_before + load.acknowledged) - stored_before
    used = platform.cpu_seconds()
    print(f"  {rate:.0f} messages/s for {seconds:.0f} s: {load.report}")
    print(
        f"    values stored {stored} of {load.acknowledged}, seen by a Kafka subscriber {len(subscriber.delays)}; "
        f"sensor -> subscriber {centiles(subscriber.delays)}"
    )
    shares = ", ".join(f"{name} {(used[name] - before[name]) / seconds:.0%}" for name in used if name in before)
    print(f"    CPU of one core: {shares}", flush=True)


def drained(platform: MeasuredPlatform, wanted: int) -> int:
    """Observations stored, once there are as many as wanted or no more come."""
    last, since = -1, time.monotonic()
    while True:
        stored = platform.stored()
        if stored != last:
            last, since = stored, time.monotonic()
        if stored >= wanted or time.monotonic() - since > STILL:
            return stored
        time.sleep(0.1)


def timed(wait: Callable[[], int]) -> tuple[int, float]:
    """What a wait gives, and how many seconds it took."""
    began = time.monotonic()
    found = wait()
    return found, time.monotonic() - began


def centiles(delays: list[int]) -> str:
    """The usual and the worst of some delays in microseconds, in words."""
    if len(delays) < 2:
        return "not measured: nothing came"
    found = quantiles(delays, n=100)
    return f"p50 {found[49] / 1000:.0f} ms, p99 {found[98] / 1000:.0f} ms"
