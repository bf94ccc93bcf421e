"""A thousand clients of one API process on one core, alone and beside clients that do not read."""

import os
import re
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.request import Request, urlopen

import psutil
from confluent_kafka import Producer

from benchmarks.cities import write_cities
from benchmarks.embedded import PARTITIONS
from benchmarks.listeners import Listeners
from benchmarks.measures import centiles
from benchmarks.running import STADSPULS, end, free_port, start
from stadspuls.clock import now_us
from stadspuls.log import ObservationFrame, Topics, encode_observations, partition_of
from stadspuls.log.clients import confluent_options
from stadspuls.model import Observation
from stadspuls.registry import Dataset, load_registry
from stadspuls.settings import Settings, load_settings

CLIENTS = 1000
STUCK = 50
EVENTS_PER_SECOND = 20
SECONDS = 30.0
"""Longer than a client may be stuck."""
BACKLOG = 40
"""Frames of 500 observations that clients who do not read ask for: some megabytes each, were they written at once."""
START_LIMIT = 60.0
_MB = 1_000_000


def measure_fan_out(folder: Path) -> None:
    """Print what a thousand clients get, and what it costs."""
    (name, *_) = write_cities(folder, PARTITIONS)
    with _api(folder) as (settings, process):
        dataset = load_registry(settings.cities_dir, settings.themes_dir).datasets[name]
        log = _Log(settings, dataset)
        print(f"\nLive streams: {CLIENTS} clients of one API process on one core, {EVENTS_PER_SECOND} events/s each")
        _round(settings, process, log, stuck=0)
        log.publish(BACKLOG, 500)
        _round(settings, process, log, stuck=STUCK)


def _round(settings: Settings, process: psutil.Process, log: "_Log", stuck: int) -> None:
    path = f"/{log.dataset.name}/events"
    dropped = _dropped(settings.http_port)
    with Listeners(settings.http_port, [path] * CLIENTS, stuck=[f"{path}?after=0"] * stuck) as listeners:
        before = process.cpu_times()
        with _Peak(process) as memory:
            seconds = log.publish_steadily()
        after = process.cpu_times()
        dropped = _dropped(settings.http_port) - dropped
    delivered = len(listeners.delays)
    busy = (after.user + after.system - before.user - before.system) / seconds
    expected = round(SECONDS * EVENTS_PER_SECOND) * CLIENTS
    beside = f"  beside {stuck} more that do not read ({dropped} let go as slow):\n  " if stuck else ""
    print(
        f"{beside}  {delivered} of {expected} events delivered, {delivered / seconds:.0f}/s; published -> client "
        f"{centiles(listeners.delays)}; API {busy:.0%} of a core, "
        f"{memory.begin / _MB:.0f} MB resident, at most {memory.most / _MB:.0f} MB",
        flush=True,
    )


class _Log:
    """Writes a dataset's observations where streams would."""

    def __init__(self, settings: Settings, dataset: Dataset) -> None:
        self.dataset = dataset
        self._streams = dataset.datastreams()
        self._producer = Producer({**confluent_options(settings), "linger.ms": 0, "log_level": 0})
        self._partition = partition_of(dataset.name, PARTITIONS)

    def publish_steadily(self) -> float:
        """One event a frame in an even rhythm; how many seconds that took."""
        begin = time.monotonic()
        for number in range(round(SECONDS * EVENTS_PER_SECOND)):
            time.sleep(max(0.0, begin + number / EVENTS_PER_SECOND - time.monotonic()))
            self._send(1)
        self._producer.flush(10)
        seconds = time.monotonic() - begin
        time.sleep(1)
        return seconds

    def publish(self, frames: int, each: int) -> None:
        """Full frames, at once."""
        for _ in range(frames):
            self._send(each)
            time.sleep(0.05)
        self._producer.flush(10)

    def _send(self, count: int) -> None:
        now = now_us()
        observations = [
            Observation(self._streams[n % len(self._streams)], now, now, now + n, 21.5) for n in range(count)
        ]
        frame = ObservationFrame(-1, 0, 1, "", observations)
        self._producer.produce(Topics().observations, encode_observations(frame), partition=self._partition)
        self._producer.poll(0)


@dataclass
class _Peak:
    """The resident memory of a process while it is entered, in bytes."""

    process: psutil.Process
    begin: int = 0
    most: int = 0

    def __enter__(self) -> "_Peak":
        self.begin = self.most = self._now()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._stop.wait(0.25):
            self.most = max(self.most, self._now())

    def _now(self) -> int:
        return int(self.process.memory_info().rss)


def _dropped(port: int) -> int:
    with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        found = re.search(r'stadspuls_subscribers_dropped_total\{reason="slow"\} (\S+)', answer.read().decode())
    return round(float(found[1])) if found else 0


@contextmanager
def _api(folder: Path) -> Iterator[tuple[Settings, psutil.Process]]:
    """An API process on a core of its own, and the in-memory Kafka it follows."""
    given = {
        "HTTP_PORT": str(free_port()),
        "DATA_DIR": str(folder / "data"),
        "CITIES_DIR": str(folder / "cities"),
        "THEMES_DIR": str(folder / "themes"),
        "LOG_LEVEL": "warn",
    }
    clean = {name: value for name, value in os.environ.items() if not name.startswith("STADSPULS_")}
    environment = clean | {f"STADSPULS_{name}": value for name, value in given.items()}
    (folder / "data").mkdir()
    with (folder / "log").open("wb") as log:
        kafka = start([STADSPULS, "run", "kafka"], environment, log, subprocess.PIPE)
        try:
            assert kafka.stdout is not None  # noqa: S101 - it was asked for
            bootstrap = kafka.stdout.readline().decode().strip()
            _create_topics(bootstrap)
            api = start([STADSPULS, "run", "api"], environment | {"STADSPULS_KAFKA_BOOTSTRAP": bootstrap}, log)
            settings = load_settings(None, kafka_bootstrap=bootstrap, **{n.lower(): v for n, v in given.items()})
            own = psutil.Process()
            cores = own.cpu_affinity()
            try:
                process = psutil.Process(api.pid)
                process.cpu_affinity(cores[:1])
                own.cpu_affinity(cores[1:] or cores)
                _until_it_streams(settings.http_port)
                yield settings, process
            finally:
                own.cpu_affinity(cores)
                end(api)
        finally:
            end(kafka)


def _create_topics(bootstrap: str) -> None:
    producer = Producer({**confluent_options(load_settings(None, kafka_bootstrap=bootstrap)), "log_level": 0})
    for topic in Topics().all():
        producer.list_topics(topic, timeout=10)


def _until_it_streams(port: int) -> None:
    deadline = time.monotonic() + START_LIMIT
    while time.monotonic() < deadline:
        try:
            urlopen(Request(f"http://127.0.0.1:{port}/events", method="HEAD"), timeout=2).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("the API did not start")
