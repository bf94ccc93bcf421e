"""The application in this process, over a real SQLite store and a small registry; and Kafka in memory."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from apis.app import create_app
from apis.live import LiveState
from apis.readers import Readers
from stadspuls.clock import MINUTE, SECOND, parse_rfc3339
from stadspuls.log import ObservationFrame
from stadspuls.model import Datastream, Observation, Quality, Value
from stadspuls.registry import Registry
from stadspuls.settings import Settings, load_settings
from store import StoreReader
from store.backends import open_reader, open_writer
from tests.apis.cities import small_registry

BASE = "https://data.example"
T0 = parse_rfc3339("2026-01-05T08:00:00Z")


class Made:
    """Makes observations of the small registry; each is published a microsecond after the one before."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._published = T0

    def one(self, dataset: str, sensor: str, name: str, value: Value, at: int, **more: object) -> Observation:
        self._published += 1
        return Observation(
            self.stream(dataset, sensor, name),
            at,
            at + SECOND,
            self._published,
            value,
            **more,  # type: ignore[arg-type]
        )

    def stream(self, dataset: str, sensor: str, name: str) -> Datastream:
        found = self._registry.datasets[dataset]
        stream = found.datastream(sensor, name)
        return stream or found.derived_datastream(sensor.removesuffix("-derived"), name)


@dataclass
class Api:
    """An application and what is around it, for one test."""

    app: FastAPI
    settings: Settings
    registry: Registry
    live: LiveState
    readers: Readers
    made: Made

    def store(self, observations: Sequence[Observation]) -> None:
        writer = open_writer(self.settings)
        writer.write([ObservationFrame(0, 0, 1, self.registry.version, list(observations))])
        writer.close()

    def get(self, address: str, **headers: str) -> httpx.Response:
        return self.ask("GET", address, **headers)

    def ask(self, method: str, address: str, **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}

        async def answer() -> httpx.Response:
            async with self.client() as client:
                return await client.request(method, address, headers=named)

        return asyncio.run(answer())

    def load(self) -> None:
        asyncio.run(self.live.load())

    @asynccontextmanager
    async def client(self) -> AsyncIterator[httpx.AsyncClient]:
        transport = httpx.ASGITransport(self.app)
        # Without the client's own Accept, so that a test says what is asked for.
        async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
            client.headers.clear()
            yield client


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    return small_registry(tmp_path)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "data").mkdir()
    return load_settings(None, data_dir=tmp_path / "data", public_url=BASE)


@pytest.fixture
def build_api(settings: Settings, registry: Registry) -> Iterator[Callable[..., Api]]:
    opened: list[Readers] = []

    def build(
        open_store: Callable[[], StoreReader] = lambda: open_reader(settings), registry: Registry = registry
    ) -> Api:
        readers = Readers(open_store)
        opened.append(readers)
        live = LiveState(settings, registry, readers)
        app = create_app(settings, registry, readers, live)
        return Api(app, settings, registry, live, readers, Made(registry))

    yield build
    for readers in opened:
        readers.close()


@pytest.fixture
def api(build_api: Callable[..., Api]) -> Api:
    """Empty store, nothing loaded."""
    return build_api()


@pytest.fixture
def filled(api: Api) -> Api:
    """Five minutes of a car park, a street with a derived count, a message board, a station, a private dataset."""
    make = api.made.one
    observations = [make("gent/parking", "P1", "vacantSpaces", 210.0 - i, T0 + i * MINUTE) for i in range(5)]
    observations += [
        make("gent/parking", "P1", "message", '=HYPERLINK("x")', T0),
        make("gent/parking", "S1", "occupied", True, T0),
        make("gent/parking", "S2", "occupied", False, T0 + SECOND // 2),
        make(
            "gent/parking",
            "street-derived",
            "vacantSpaces",
            1.0,
            T0 + SECOND,
            quality=Quality.INCOMPLETE,
            known=1,
            capacity=2,
        ),
        make("gent/air-quality", "station-1", "no2", 41.2, T0),
        make("aalst/parking", "hidden", "vacantSpaces", 3.0, T0),
    ]
    api.store(observations)
    api.load()
    return api


def until(condition: Callable[[], bool], seconds: float = 60.0) -> bool:
    """Whether the condition became true before the deadline."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return condition()
