"""Pages: the first writing of one, and requests per second of one API process on one core."""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

import psutil

from apis.ldes.streams import EventStreams
from apis.negotiation import PAGES, Format
from apis.pages.forms import Variant
from apis.pages.library import Library
from apis.pages.shelf import Answer
from apis.portal.languages import LANGUAGES
from apis.readers import Readers
from benchmarks.running import STADSPULS, end, free_port, start
from stadspuls.clock import HOUR, SECOND, parse_rfc3339, rfc3339
from stadspuls.log import ObservationFrame
from stadspuls.model import Observation
from stadspuls.registry import Dataset, Registry, load_registry
from stadspuls.settings import Settings, load_settings
from store.backends import open_reader, open_writer

Give = Callable[[Dataset, str, Variant], Awaitable[Answer]]

T0 = parse_rfc3339("2026-01-05T06:00:00Z")
CAR_PARKS = 13
"""As many as Ghent publishes."""
RHYTHM = 30 * SECOND
REQUEST_SECONDS = 5.0
CONNECTIONS = 16

CITY = """\
slug: gent
names: {nl: Gent}
publisher: {names: {nl: Stad Gent}}
contact: {name: Stad Gent}
time_zone: Europe/Brussels
centre: {latitude: 51.054, longitude: 3.717}
datasets:
  parking:
    titles: {nl: Parkings}
    licence: http://creativecommons.org/publicdomain/zero/1.0/
    origin: simulated
    sites:
"""
SITE = "      - {id: P%d, names: {nl: P%d}, kind: car-park, point: {latitude: 51.05, longitude: 3.72}, capacity: 500}\n"
SENSOR = "      - {id: P%d, site: P%d, properties: [vacantSpaces]}\n"


def measure_pages(folder: Path) -> None:
    """Print the figures of pages of three hours."""
    (folder / "cities").mkdir()
    sites = "".join(SITE % (n, n) for n in range(1, CAR_PARKS + 1))
    sensors = "".join(SENSOR % (n, n) for n in range(1, CAR_PARKS + 1))
    (folder / "cities" / "gent.yaml").write_text(f"{CITY}{sites}    sensors:\n{sensors}")
    port = free_port()
    settings = load_settings(
        None, data_dir=folder / "data", cities_dir=folder / "cities", http_port=port, kafka_bootstrap="127.0.0.1:1"
    )
    registry = load_registry(settings.cities_dir, settings.themes_dir)
    _publish(settings, registry)
    print(f"\nPages of three hours: {CAR_PARKS} car parks every {RHYTHM // SECOND} s")
    _first_writings(settings, registry, folder)
    with _api(settings, folder) as process:
        _requests(port, process)


def _publish(settings: Settings, registry: Registry) -> None:
    writer = open_writer(settings)
    streams = registry.datasets["gent/parking"].datastreams()
    for number in range(6 * HOUR // RHYTHM):
        at = T0 + number * RHYTHM
        observations = [
            Observation(stream, at, at + 1000, at + 50_000 + place, float((number + 37 * place) % 500))
            for place, stream in enumerate(streams)
        ]
        writer.write([ObservationFrame(number, 0, 1, registry.version, observations)])
    writer.close()


def _first_writings(settings: Settings, registry: Registry, folder: Path) -> None:
    dataset = registry.datasets["gent/parking"]
    for form, what in [*((form, "page") for form in PAGES), (Format.TRIG, "node of the event stream")]:
        variant = Variant(form, LANGUAGES[0] if form is Format.HTML else None)
        readers = Readers(lambda: open_reader(settings))
        elsewhere = settings.model_copy(update={"data_dir": folder / f"first-{form}"})
        library = Library(elsewhere, registry, readers)

        streams = EventStreams(elsewhere.base_url, registry.version, library, readers)
        give = library.page if what == "page" else streams.node

        async def write(
            library: Library = library, give: Give = give, variant: Variant = variant
        ) -> tuple[float, float, int]:
            await library.newest(dataset)
            begin, busy = time.perf_counter(), time.process_time()
            answer = await give(dataset, rfc3339(T0), variant)
            return time.perf_counter() - begin, time.process_time() - busy, len(answer.body)

        seconds, busy, size = asyncio.run(write())
        readers.close()
        print(
            f"  first writing as {variant.name:8} {seconds * 1000:5.0f} ms ({busy * 1000:.0f} ms of CPU), "
            f"{size / 1024:.0f} KiB compressed{'' if what == 'page' else f', of a {what}'}"
        )


@contextmanager
def _api(settings: Settings, folder: Path) -> Iterator[psutil.Process]:
    """One API process on one core, this process on the others."""
    environment = os.environ | {
        "STADSPULS_HTTP_PORT": str(settings.http_port),
        "STADSPULS_DATA_DIR": str(settings.data_dir),
        "STADSPULS_CITIES_DIR": str(settings.cities_dir),
        "STADSPULS_KAFKA_BOOTSTRAP": settings.kafka_bootstrap,
        "STADSPULS_LOG_LEVEL": "error",
    }
    with (folder / "api.log").open("wb") as log:
        process = start([STADSPULS, "run", "api"], environment, log)
        own = psutil.Process()
        cores = own.cpu_affinity()
        try:
            measured = psutil.Process(process.pid)
            measured.cpu_affinity(cores[:1])
            own.cpu_affinity(cores[1:] or cores)
            _until_it_answers(settings.http_port)
            yield measured
        finally:
            own.cpu_affinity(cores)
            end(process)


def _until_it_answers(port: int) -> None:
    for _ in range(300):
        try:
            urlopen(f"http://127.0.0.1:{port}/health/live", timeout=2).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("the API did not start")


def _requests(port: int, process: psutil.Process) -> None:
    node = f"/gent/parking/ldes/{rfc3339(T0)}"
    closed, newest = f"/gent/parking?page={rfc3339(T0)}", f"/gent/parking?page={rfc3339(T0 + 3 * HOUR)}"
    tag = urlopen(f"http://127.0.0.1:{port}{closed}", timeout=10).headers["ETag"]
    for what, path, headers in (
        ("closed page, gzip", closed, {"Accept-Encoding": "gzip"}),
        ("closed page, 304", closed, {"If-None-Match": tag}),
        ("open page, gzip", newest, {"Accept-Encoding": "gzip"}),
        ("closed page, not compressed", closed, {}),
        ("closed node of LDES, gzip", node, {"Accept-Encoding": "gzip"}),
    ):
        before = process.cpu_times()
        count, seconds = asyncio.run(_ask(port, path, headers))
        after = process.cpu_times()
        busy = after.user + after.system - before.user - before.system
        print(f"  {what:28} {count / seconds:5.0f} requests/s on one core, {count / busy:5.0f} a second of its CPU")


async def _ask(port: int, path: str, headers: dict[str, str]) -> tuple[int, float]:
    """How many answers came on some connections, one request after the other on each, and in how many seconds."""
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: application/trig\r\n{lines}\r\n".encode()
    begin = time.perf_counter()
    counts = await asyncio.gather(*(_connection(port, request, begin + REQUEST_SECONDS) for _ in range(CONNECTIONS)))
    return sum(counts), time.perf_counter() - begin


async def _connection(port: int, request: bytes, until: float) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    count = 0
    while time.perf_counter() < until:
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        length = next((line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), None)
        if length is not None and b" 304 " not in head[:20]:
            await reader.readexactly(int(length.partition(b":")[2]))
        count += 1
    writer.close()
    await writer.wait_closed()
    return count
