"""Every IRI of our own that stands in any document leads to something, in every form that is offered."""

import asyncio
import shutil
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from urllib.parse import urldefrag

import httpx
import pytest
from pyoxigraph import Literal, NamedNode, RdfFormat, parse

from apis.app import create_app
from apis.live import LiveState
from apis.readers import Readers
from stadspuls.registry import load_registry
from stadspuls.settings import ROOT, load_settings
from store.backends import open_reader, open_writer
from tests.conformance.serving import CLOSED, frames, listening, serving

CITIES = ("gent", "vlaanderen")
"""With sites that have identifiers of others, with simulated stations, with hourly means."""
RDF = {
    "text/turtle": RdfFormat.TURTLE,
    "application/trig": RdfFormat.TRIG,
    "application/n-triples": RdfFormat.N_TRIPLES,
    "application/n-quads": RdfFormat.N_QUADS,
    "application/ld+json": RdfFormat.JSON_LD,
}
HTML = "text/html"
READ = "application/n-quads, application/n-triples;q=0.9, text/turtle;q=0.8, */*;q=0.1"
EVERY_FORM = ("/id/", "/doc/", "/ldes", "/docs/terms")
"""What begins or contains one of these is offered in every form of RDF and as HTML."""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An API over the shipped datasets of two cities, with some hours of values."""
    folder = tmp_path_factory.mktemp("crawled")
    (folder / "cities").mkdir()
    for city in CITIES:
        shutil.copy(ROOT / "cities" / f"{city}.yaml", folder / "cities")
    with listening() as (listener, address):
        settings = load_settings(None, data_dir=folder / "data", cities_dir=folder / "cities", public_url=address)
        registry = load_registry(settings.cities_dir, settings.themes_dir)
        writer = open_writer(settings)
        for dataset in registry.datasets.values():
            writer.write(frames(dataset, registry.version))
        writer.close()
        readers = Readers(lambda: open_reader(settings))
        live = LiveState(settings, registry, readers)
        app = create_app(settings, registry, readers, live)
        asyncio.run(live.load())
        try:
            with serving(app, listener):
                yield address
        finally:
            readers.close()


@dataclass
class Crawl:
    """Follows IRIs below an address; of observations one for each dataset and kind of answer."""

    base: str
    client: httpx.Client
    seen: set[str] = field(default_factory=set)
    broken: dict[str, int] = field(default_factory=dict)
    _queue: deque[str] = field(default_factory=deque)
    _observed: set[str] = field(default_factory=set)

    def run(self, *starts: str) -> None:
        self._add(f"{self.base}{start}" for start in starts)
        while self._queue:
            iri = self._queue.popleft()
            # What does not end, such as live events, is not waited for.
            head = self.client.head(iri, headers={"Accept": READ})
            if head.status_code != 200:
                self.broken[iri] = head.status_code
            # JSON-LD comes where it alone is asked for, and its other forms hold the same.
            elif (kind := head.headers["content-type"].partition(";")[0]) in RDF and kind != "application/ld+json":
                answer = self.client.get(iri, headers={"Accept": READ})
                self._add(self.found(answer.content, RDF[kind]))

    def found(self, body: bytes, form: RdfFormat) -> Iterator[str]:
        for quad in parse(body, format=form):
            yield from (term.value for term in quad if isinstance(term, NamedNode))
            if isinstance(quad.object, Literal):
                yield quad.object.datatype.value

    def _add(self, iris: Iterable[str]) -> None:
        for iri in iris:
            whole = urldefrag(iri).url
            if not whole.startswith(self.base) or whole in self.seen or not self._is_wanted(whole):
                continue
            self.seen.add(whole)
            self._queue.append(whole)

    def _is_wanted(self, iri: str) -> bool:
        if iri.endswith("/events"):
            # Live streams come from Kafka, which this API is without.
            return False
        city, _, rest = iri.removeprefix(f"{self.base}/").partition("/")
        if not rest.startswith(("id/observation/", "doc/observation/")):
            return True
        dataset = "/".join((city, *rest.split("/")[:3]))
        # The first of each dataset, and the document that it leads to.
        if dataset in self._observed:
            return False
        self._observed.add(dataset)
        return True


def starts() -> tuple[str, ...]:
    names = [f"/{city}/{theme}" for city in CITIES for theme in ("parking", "air-quality")]
    names = [name for name in names if name != "/vlaanderen/parking"]
    pages = [f"{name}{end}" for name in names for end in ("", f"?page={CLOSED}", "/ldes", f"/ldes/{CLOSED}")]
    kinds = [f"/gent/id/{thing}" for thing in ("city/gent", "dataset/parking", "property/parking/occupied")]
    return ("/docs/terms", *pages, *kinds)


@pytest.fixture(scope="module")
def crawled(address: str) -> Iterator[Crawl]:
    with httpx.Client(follow_redirects=True, timeout=60) as client:
        crawl = Crawl(address, client)
        crawl.run(*starts(), "/catalog?all=1")
        yield crawl


def test_every_iri_of_every_document_leads_to_an_answer(crawled: Crawl) -> None:
    assert crawled.broken == {}
    for part in ("/id/site/", "/id/sensor/", "/id/property/", "/id/datastream/", "/id/observation/", "/id/city/"):
        assert any(part in iri for iri in crawled.seen), part
    assert len(crawled.seen) > 100


def test_what_leads_nowhere_would_be_found(crawled: Crawl) -> None:
    broken = Crawl(crawled.base, crawled.client)
    broken.run("/gent/id/site/parking/P99", "/gent/parking?page=2020-01-01T00:00:00Z", "/docs/terms")
    assert set(broken.broken.values()) == {404}
    assert len(broken.broken) == 2


def test_every_iri_answers_in_every_offered_form(crawled: Crawl) -> None:
    wrong = []
    for iri in sorted(crawled.seen):
        path = iri.removeprefix(crawled.base)
        for media_type in (*RDF, HTML):
            answer = crawled.client.head(iri, headers={"Accept": media_type})
            offered = answer.status_code == 200 and answer.headers["content-type"].startswith(media_type)
            must = any(part in path for part in EVERY_FORM) and "format=" not in path
            if answer.status_code not in (200, 406) or (must and not offered):
                wrong.append((path, media_type, answer.status_code, answer.headers.get("content-type")))
    assert wrong == []
