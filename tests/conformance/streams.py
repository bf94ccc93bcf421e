"""An API whose published log a test writes and that remembers what was asked; the LDES client (npm: ldes-client)."""

import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from pyoxigraph import NamedNode, Quad, RdfFormat, parse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from apis.app import create_app
from apis.identifiers import Identifiers
from apis.live import LiveState
from apis.readers import Readers
from apis.vocabulary import DCT, RDF, SOSA
from stadspuls.clock import DAY, HOUR, MINUTE, SECOND, parse_rfc3339
from stadspuls.model import Observation
from stadspuls.registry import Registry, load_registry
from stadspuls.settings import Settings, load_settings
from store.backends import open_reader
from tests.apis.pages.conftest import Log
from tests.conformance.serving import listening, serving

T0 = parse_rfc3339("2026-01-05T06:00:00Z")
DEADLINE = 90.0
POLL_MS = 200
MS = 1000
"""Between two publications: the client, a JavaScript program, knows no finer time, and orders nothing within it."""


@dataclass
class Asked:
    """What was asked of an application, as plain ASGI around it."""

    app: ASGIApp
    answers: list[tuple[str, int, bool]] = field(default_factory=list)
    """By answer: path, status, whether it was called immutable."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def watch(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = dict(message["headers"])
                immutable = b"immutable" in headers.get(b"cache-control", b"")
                self.answers.append((scope["path"], message["status"], immutable))
            await send(message)

        await self.app(scope, receive, watch)

    def immutable(self) -> Counter[str]:
        """How often each node was given as one that never changes."""
        return Counter(path for path, _, immutable in self.answers if immutable and "/ldes" in path)


@dataclass
class Published:
    """A running API, and its log."""

    address: str
    settings: Settings
    registry: Registry
    log: Log
    asked: Asked
    observations: list[Observation] = field(default_factory=list)

    def publish(self, dataset: str, at: int, values: Iterable[float] = (1.0, 2.0, 3.0)) -> None:
        """One frame with a value of each of some series, observed a moment before; the last one is late by an hour."""
        streams = self.registry.datasets[dataset].datastreams()
        made = []
        for place, (stream, value) in enumerate(zip(streams, values, strict=False)):
            late = 3600 * SECOND if place == 2 else SECOND
            made.append(Observation(stream, at - late, at, at + place * MS, value))
        self.log.publish(*made)
        self.observations += made

    def iris(self, dataset: str) -> list[str]:
        """The identifiers of what a dataset published, in its order."""
        ids = Identifiers(self.registry.datasets[dataset], self.address)
        return [ids.observation(o) for o in self.observations if o.datastream.dataset == dataset]


@contextmanager
def publishing(folder: Path, **more: object) -> Iterator[Published]:
    """The API over the shipped cities and an empty log; `more` are settings, such as another store."""
    with listening() as (listener, address):
        settings = load_settings(None, data_dir=folder, public_url=address, **more)
        registry = load_registry(settings.cities_dir, settings.themes_dir)
        log = Log(settings, registry)
        readers = Readers(lambda: open_reader(settings))
        asked = Asked(create_app(settings, registry, readers, LiveState(settings, registry, readers)))
        try:
            with serving(asked, listener):
                yield Published(address, settings, registry, log, asked)
        finally:
            readers.close()
            log.close()


class Client:
    """The LDES client at work; what it emits is read as it comes."""

    def __init__(self, node_modules: Path, url: str, *options: str) -> None:
        command = [str(node_modules / ".bin" / "ldes-client"), url, *options]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self._lines: list[str] = []
        self._thread = threading.Thread(target=self._read)
        self._thread.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        self._lines.extend(line for line in self._process.stdout)

    def quads(self) -> list[Quad]:
        """Everything that was emitted."""
        lines = [line for line in list(self._lines) if line.startswith(("<", "_:")) and line.endswith(".\n")]
        return list(parse("".join(lines), format=RdfFormat.TURTLE))

    def members(self) -> list[str]:
        """The members in the order in which they were emitted, as often as they were."""
        found = (q.subject for q in self.quads() if (q.predicate, q.object) == (RDF["type"], SOSA["Observation"]))
        return [subject.value for subject in found if isinstance(subject, NamedNode)]

    def until(self, count: int) -> None:
        """Wait until that many members were emitted."""
        end = time.monotonic() + DEADLINE
        while len(self.members()) < count:
            assert self._process.poll() is None, "".join(self._lines)[-2000:]
            assert time.monotonic() < end, f"{len(self.members())} of {count}: {''.join(self._lines)[-1000:]}"
            time.sleep(0.05)

    def finish(self) -> "Client":
        """Wait until it has ended by itself."""
        self._end()
        assert self._process.returncode == 0, "".join(self._lines)[-2000:]
        return self

    def stop(self) -> None:
        """End a client that follows."""
        self._process.terminate()
        self._end()

    def _end(self) -> None:
        self._process.wait(DEADLINE)
        self._thread.join()
        if self._process.stdout is not None:
            self._process.stdout.close()


def issued(quads: Iterable[Quad]) -> list[int]:
    """When the members were published, in the order in which they were emitted."""
    return [parse_rfc3339(getattr(q.object, "value", "")) for q in quads if q.predicate == DCT["issued"]]


def follow_over_windows(published: Published, node_modules: Path, state: Path, order: str) -> None:
    """A client follows while windows and a day end: nothing is missing, nothing comes twice, no closed node again."""
    published.publish("gent/parking", T0 + MINUTE)
    url = f"{published.address}/gent/parking/ldes"
    # One request at a time: without order, this version of the client asks for an open node twice at once, as a node of
    # its own and as one that its parent leads to, and then emits what is new in it twice.
    # Without a state it remembers no closed node either.
    options = ("-o", order, "-f", "--poll-interval", str(POLL_MS), "--concurrent", "1", "-s", str(state))
    client = Client(node_modules, url, *options)
    try:
        client.until(3)
        for at in (2 * MINUTE, 3 * HOUR - MS, 3 * HOUR + MINUTE, 7 * HOUR, DAY - 6 * HOUR - MS, DAY, DAY + 4 * HOUR):
            published.publish("gent/parking", T0 + at)
            client.until(len(published.iris("gent/parking")))
        rounds = sum(path.endswith("/ldes") for path, _, _ in published.asked.answers) + 3
        _until_asked(published, rounds)
    finally:
        client.stop()
    assert sorted(client.members()) == sorted(published.iris("gent/parking"))
    closed = published.asked.immutable()
    assert len(closed) >= 5
    # Without order the client may have asked for a node in both ways before it was closed, one after the other.
    assert max(closed.values()) <= (2 if order == "none" else 1)


def _until_asked(published: Published, roots: int) -> None:
    end = time.monotonic() + DEADLINE
    while sum(path.endswith("/ldes") for path, _, _ in published.asked.answers) < roots:
        assert time.monotonic() < end
        time.sleep(0.05)
