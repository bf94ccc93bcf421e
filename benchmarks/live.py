"""Live streams: a thousand clients of one API process, and the way from a sensor to clients and to a browser."""

import re
import time
from pathlib import Path

from benchmarks.browser import browser_listening
from benchmarks.chromium import find_chromium
from benchmarks.cities import write_cities
from benchmarks.embedded import PARTITIONS, embedded_platform
from benchmarks.fan_out import measure_fan_out
from benchmarks.listeners import Listeners
from benchmarks.measures import Load, centiles
from benchmarks.running import MeasuredPlatform
from deploy.embedded.mqtt import find_mosquitto
from stadspuls.clock import parse_rfc3339

MESSAGES_PER_SECOND = 500
SECONDS = 20.0
WARM_UP_SECONDS = 5.0
_OBSERVED = re.compile(rb'"observedAt":"([^"]+)"')


def measure_live(folder: Path) -> None:
    """Print the figures of live streams."""
    measure_fan_out(folder / "fan-out")
    (folder / "sensor").mkdir()
    datasets = write_cities(folder / "sensor", PARTITIONS)
    broker = "mosquitto" if find_mosquitto() else "amqtt"
    print(f"From the sensor, embedded platform with {broker}, {MESSAGES_PER_SECOND} messages/s for {SECONDS:.0f} s:")
    with embedded_platform(folder / "sensor", broker) as (platform, _):
        platform.load(datasets, MESSAGES_PER_SECOND, WARM_UP_SECONDS)
        _to_a_client(platform, datasets)
        _to_a_browser(platform, datasets)


def _to_a_client(platform: MeasuredPlatform, datasets: list[str]) -> None:
    with Listeners(platform.http_port, _streams(datasets), instants=_observed) as listeners:
        load = _offered(platform, datasets)
    print(f"  to an SSE client: {len(listeners.delays)} of {load.acknowledged} values, {centiles(listeners.delays)}")


def _to_a_browser(platform: MeasuredPlatform, datasets: list[str]) -> None:
    chromium = find_chromium()
    if chromium is None:
        print("  to a browser: not measured, Chromium is not installed")
        return
    with browser_listening(chromium, platform.http_port, _streams(datasets)) as listener:
        load = _offered(platform, datasets)
        observed, published = listener.delays()
    print(
        f"  to a page in Chromium: {len(observed)} of {load.acknowledged} values, {centiles(observed)} "
        f"(of it published -> page {centiles(published)})",
        flush=True,
    )


def _streams(datasets: list[str]) -> list[str]:
    return [f"/{name}/events" for name in datasets]


def _offered(platform: MeasuredPlatform, datasets: list[str]) -> Load:
    load = Load(platform.load(datasets, MESSAGES_PER_SECOND, SECONDS))
    time.sleep(2)
    return load


def _observed(received: bytes) -> list[int]:
    """When the events in some bytes were observed, which the load generator sets as it sends."""
    return [parse_rfc3339(found.decode()) for found in _OBSERVED.findall(received)]
