"""Servers for validators to ask: the API over the shipped cities, and pages with something wrong."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp

from apis.app import create_app
from apis.live import LiveState
from apis.readers import Readers
from stadspuls.clock import HOUR, MINUTE, SECOND, parse_rfc3339
from stadspuls.log import ObservationFrame
from stadspuls.model import Datastream, Observation, Quality, Value
from stadspuls.registry import Dataset, Registry, load_registry
from stadspuls.registry.objects import ValueType
from stadspuls.settings import load_settings
from store.backends import open_reader, open_writer

T0 = parse_rfc3339("2026-01-05T06:00:00Z")
CLOSED = "2026-01-05T06:00:00Z"
"""A page that every dataset has, and that is closed."""
MOMENTS = (MINUTE, 2 * MINUTE, HOUR, 4 * HOUR, 5 * HOUR)
DEADLINE = 60.0


@contextmanager
def serving(app: ASGIApp, listener: socket.socket) -> Iterator[None]:
    """Serve an application on a socket that listens, in a thread."""
    server = uvicorn.Server(uvicorn.Config(app, lifespan="off", log_config=None, ws="none"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        end = time.monotonic() + DEADLINE
        while not server.started:
            assert thread.is_alive()
            assert time.monotonic() < end
            time.sleep(0.01)
        yield
    finally:
        server.should_exit = True
        thread.join()


@contextmanager
def listening() -> Iterator[tuple[socket.socket, str]]:
    """A socket on a free port, and its address."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        yield listener, f"http://127.0.0.1:{listener.getsockname()[1]}"


@contextmanager
def shipped_cities(folder: Path) -> Iterator[tuple[str, Registry]]:
    """The API over every shipped dataset, each with some hours of values; its address, and what it publishes."""
    with listening() as (listener, address):
        settings = load_settings(None, data_dir=folder, public_url=address)
        registry = load_registry(settings.cities_dir, settings.themes_dir)
        writer = open_writer(settings)
        for dataset in registry.datasets.values():
            writer.write(frames(dataset, registry.version))
        writer.close()
        readers = Readers(lambda: open_reader(settings))
        app = create_app(settings, registry, readers, LiveState(settings, registry, readers))
        try:
            with serving(app, listener):
                yield address, registry
        finally:
            readers.close()


def frames(dataset: Dataset, version: str) -> Iterator[ObservationFrame]:
    """Values of every datastream at some moments; one is suspect, and one comes late."""
    for number, moment in enumerate(MOMENTS):
        observations = [
            Observation(stream, T0 + moment, T0 + moment, T0 + moment + SECOND + place, _value(dataset, place, stream))
            for place, stream in enumerate(dataset.datastreams())
        ]
        first, last = observations[0], observations[-1]
        late = T0 + moment - 30 * MINUTE
        observations += [
            Observation(
                first.datastream, T0 + moment + 1, T0, last.published_at + 1, first.value, Quality.SUSPECT, "jump"
            ),
            Observation(first.datastream, late, T0, last.published_at + 2, first.value),
        ]
        yield ObservationFrame(number, 0, 1, version, observations)


def _value(dataset: Dataset, place: int, stream: Datastream) -> Value:
    observed = dataset.theme.properties[stream.observed_property]
    number = max(12.5 + place, observed.possible[0] if observed.possible else 0.0)
    values: dict[ValueType, Value] = {"number": number, "boolean": place % 2 == 0, "text": "vol"}
    return values[observed.type]
