"""The application over a registry made for pages, and a published log that a test writes as it likes."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pyoxigraph import Quad, RdfFormat, parse

from stadspuls.clock import SECOND, parse_rfc3339
from stadspuls.log import ObservationFrame
from stadspuls.model import Datastream, Observation, Value
from stadspuls.registry import Registry
from stadspuls.settings import Settings, load_settings
from store.backends import open_writer
from tests.apis.conftest import BASE, Api
from tests.apis.pages.cities import pages_registry

T0 = parse_rfc3339("2026-01-05T06:00:00Z")
"""The start of a window."""
PARKING = f"{BASE}/gent/parking"
AIR = f"{BASE}/gent/air-quality"
IMMUTABLE = "public, max-age=31536000, immutable"


class PublishedLog:
    """Writes the published log the way the sink does."""

    def __init__(self, settings: Settings, registry: Registry) -> None:
        self._writer = open_writer(settings)
        self._registry = registry
        self._source = 0

    def stream(self, dataset: str, sensor: str, name: str) -> Datastream:
        found = self._registry.datasets[dataset]
        return found.datastream(sensor, name) or found.derived_datastream(sensor.removesuffix("-derived"), name)

    def publish(self, *observations: Observation, registry: str | None = None) -> None:
        """One frame; a frame may lie across the end of a window."""
        version = self._registry.version if registry is None else registry
        self._writer.write([ObservationFrame(self._source, 0, 1, version, list(observations))])
        self._source += 1

    def close(self) -> None:
        self._writer.close()


class Log(PublishedLog):
    """Observations are told by when they are published."""

    def one(
        self,
        published_at: int,
        value: Value = 100.0,
        of: tuple[str, str] = ("P1", "vacantSpaces"),
        dataset: str = "gent/parking",
        observed_at: int | None = None,
        **more: object,
    ) -> Observation:
        at = published_at - 2 * SECOND if observed_at is None else observed_at
        stream = self.stream(dataset, *of)
        return Observation(stream, at, published_at - SECOND, published_at, value, **more)  # type: ignore[arg-type]


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    return pages_registry(tmp_path)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "data").mkdir()
    return load_settings(
        None,
        data_dir=tmp_path / "data",
        cities_dir=tmp_path / "cities",
        themes_dir=tmp_path / "themes",
        public_url=BASE,
    )


@pytest.fixture
def log(settings: Settings, registry: Registry) -> Iterator[Log]:
    log = Log(settings, registry)
    yield log
    log.close()


@pytest.fixture(autouse=True)
def always_look(monkeypatch: pytest.MonkeyPatch) -> None:
    """Open pages are looked up anew for every request, so that no test waits."""
    monkeypatch.setattr("apis.pages.shelf.KEEP_SECONDS", 0.0)


def page_of(start: str, dataset: str = "gent/parking") -> str:
    return f"/{dataset}?page={start}"


def quads(api: Api, address: str) -> list[Quad]:
    """The quads of a page."""
    answer = api.get(address, accept="application/n-quads")
    assert answer.status_code == 200, answer.text
    return list(parse(answer.content, format=RdfFormat.N_QUADS))


def tended(api: Api, do: Callable[[], None]) -> None:
    """Do something while the library is tended as in a running API."""

    async def run() -> None:
        async with api.app.state.context.library.tending():
            await asyncio.to_thread(do)

    asyncio.run(run())
