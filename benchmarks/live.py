"""Live streams: a thousand clients of one API process on one core, and the way from a sensor to a client."""

import os
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import quantiles
from urllib.request import Request, urlopen

import psutil
from confluent_kafka import Producer

from benchmarks.cities import write_cities
from benchmarks.embedded import PARTITIONS, embedded_platform
from benchmarks.listeners import Listeners
from benchmarks.measures import Load
from benchmarks.running import STADSPULS, end, free_port, start
from deploy.embedded.mqtt import find_mosquitto
from stadspuls.clock import now_us, parse_rfc3339
from stadspuls.log import ObservationFrame, Topics, encode_observations, partition_of
from stadspuls.model import Observation
from stadspuls.registry import Dataset, load_registry
from stadspuls.settings import Settings, load_settings

CLIENTS = 1000
DEAF = 50
EVENTS_PER_SECOND = 20
FAN_OUT_SECONDS = 20.0
MESSAGES_PER_SECOND = 500
DELAY_SECONDS = 20.0
START_LIMIT = 60.0
_OBSERVED = re.compile(rb'"observedAt":"([^"]+)"')


def measure_live(folder: Path) -> None:
    """Print the figures of live streams."""
    _fan_out(folder / "fan-out")
    _from_the_sensor(folder / "sensor")


def _fan_out(folder: Path) -> None:
    (name, *_) = write_cities(folder, PARTITIONS)
    with _api(folder) as (settings, process):
        dataset = load_registry(settings.cities_dir, settings.themes_dir).datasets[name]
        print(f"\nLive streams: {CLIENTS} clients of one API process on one core, {EVENTS_PER_SECOND} events/s each")
        for deaf in (0, DEAF):
            with Listeners(settings.http_port, [f"/{name}/events"] * CLIENTS, deaf=deaf) as listeners:
                before = process.cpu_times()
                seconds = _publish(settings, dataset)
                after = process.cpu_times()
            busy = (after.user + after.system - before.user - before.system) / seconds
            expected = round(FAN_OUT_SECONDS * EVENTS_PER_SECOND) * CLIENTS
            more = f", {deaf} more that do not read" if deaf else ""
            print(
                f"  {len(listeners.delays)} of {expected} events delivered, {len(listeners.delays) / seconds:.0f}/s"
                f"{more}; published -> client {_centiles(listeners.delays)}; API {busy:.0%} of a core",
                flush=True,
            )


def _publish(settings: Settings, dataset: Dataset) -> float:
    """Put one event a frame on the log, in an even rhythm; how long it took until all were read."""
    producer = Producer({"bootstrap.servers": settings.kafka_bootstrap, "linger.ms": 0, "log_level": 0})
    topic, partition = Topics().observations, partition_of(dataset.name, PARTITIONS)
    streams = dataset.datastreams()
    begin = time.monotonic()
    for number in range(round(FAN_OUT_SECONDS * EVENTS_PER_SECOND)):
        time.sleep(max(0.0, begin + number / EVENTS_PER_SECOND - time.monotonic()))
        now = now_us()
        frame = ObservationFrame(-1, 0, 1, "", [Observation(streams[number % len(streams)], now, now, now, 21.5)])
        producer.produce(topic, encode_observations(frame), partition=partition)
        producer.poll(0)
    producer.flush(10)
    seconds = time.monotonic() - begin
    time.sleep(1)
    return seconds


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
    producer = Producer({"bootstrap.servers": bootstrap, "log_level": 0})
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


def _from_the_sensor(folder: Path) -> None:
    folder.mkdir()
    datasets = write_cities(folder, PARTITIONS)
    broker = "mosquitto" if find_mosquitto() else "amqtt"
    with embedded_platform(folder, broker) as (platform, _):
        platform.load(datasets, MESSAGES_PER_SECOND, 5)
        paths = [f"/{name}/events" for name in datasets]
        with Listeners(platform.http_port, paths, instants=_observed) as listeners:
            load = Load(platform.load(datasets, MESSAGES_PER_SECOND, DELAY_SECONDS))
            time.sleep(2)
    print(
        f"Sensor to SSE client, embedded platform with {broker}, {load.rate:.0f} messages/s: "
        f"{len(listeners.delays)} of {load.acknowledged} values, {_centiles(listeners.delays)}",
        flush=True,
    )


def _observed(received: bytes) -> list[int]:
    """When the events in some bytes were observed, which the load generator sets as it sends."""
    return [parse_rfc3339(found.decode()) for found in _OBSERVED.findall(received)]


def _centiles(delays: list[int]) -> str:
    centiles = quantiles(delays, n=100)
    return f"p50 {centiles[49] / 1000:.0f} ms, p99 {centiles[98] / 1000:.0f} ms"
