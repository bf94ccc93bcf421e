"""`make bench`: every benchmark, one after another."""

import os
import platform
import tempfile
from pathlib import Path

from benchmarks.cities import write_cities
from benchmarks.embedded import measure_broker
from benchmarks.subscriber import PARTITIONS
from deploy.embedded.mqtt import find_mosquitto


def main() -> None:
    """Print every figure."""
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, {platform.machine()}")
    with tempfile.TemporaryDirectory(prefix="stadspuls-bench-") as name:
        folder = Path(name)
        datasets = write_cities(folder, PARTITIONS)
        for broker in (["mosquitto"] if find_mosquitto() else []) + ["amqtt"]:
            measure_broker(folder, broker, datasets)


if __name__ == "__main__":
    main()
