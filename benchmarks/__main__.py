"""`make bench`: every benchmark, one after another; names (`embedded`, `real`, `pages`, `live`) choose some of them."""

import os
import platform
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks.embedded import measure_embedded
from benchmarks.live import measure_live
from benchmarks.pages import measure_pages
from benchmarks.real import measure_real
from deploy.embedded.mqtt import find_mosquitto


def embedded(folder: Path) -> None:
    """With every MQTT broker there is."""
    for broker in (["mosquitto"] if find_mosquitto() else []) + ["amqtt"]:
        (folder / broker).mkdir()
        measure_embedded(folder / broker, broker)


BENCHMARKS: dict[str, Callable[[Path], None]] = {
    "embedded": embedded,
    "real": measure_real,
    "pages": measure_pages,
    "live": measure_live,
}


def main() -> None:
    """Print every figure."""
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, {platform.machine()}")
    for name in sys.argv[1:] or BENCHMARKS:
        with tempfile.TemporaryDirectory(prefix="stadspuls-bench-") as folder:
            BENCHMARKS[name](Path(folder))


if __name__ == "__main__":
    main()
