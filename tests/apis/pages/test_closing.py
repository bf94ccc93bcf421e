"""When a page is closed: never before the store has reached a later one, and under the registry of that moment."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from threading import Barrier, Thread

import pytest
from pyoxigraph import Literal, Quad

from apis.vocabulary import HYDRA, RDFS
from stadspuls.clock import HOUR
from stadspuls.settings import Settings
from store import LogEntry, LogSpan, StoreReader
from store.backends import open_reader
from tests.apis.conftest import Api
from tests.apis.pages.cities import GENT, pages_registry
from tests.apis.pages.conftest import IMMUTABLE, T0, Log, page_of, quads, tended

FIRST, LATER = "2026-01-05T06:00:00Z", "2026-01-05T09:00:00Z"


class HeldBack:
    """A store whose promise lags: entries are there already that `stored_through` does not vouch for.

    So it is in a database that takes points one by one, when the sink is slow or was killed halfway.
    """

    def __init__(self, reader: StoreReader, through: Callable[[], int | None]) -> None:
        self._reader = reader
        self._through = through

    def __getattr__(self, name: str) -> object:
        return getattr(self._reader, name)

    def stored_through(self) -> dict[str, int]:
        known = self._reader.stored_through()
        through = self._through()
        return known if through is None else {name: min(at, through) for name, at in known.items()}


class Gappy(HeldBack):
    """The same, and of what it does not vouch for only every second entry is there."""

    def log_index(
        self, dataset: str, start: int, end: int, limit: int = 1000, *, newest_first: bool = False
    ) -> list[LogSpan]:
        found = self._reader.log_index(dataset, start, end, limit, newest_first=newest_first)
        return [span for number, span in enumerate(found) if self._there(span.published_at, number)]

    def log(self, dataset: str, start: int, end: int, limit: int = 1000) -> list[LogEntry]:
        found = self._reader.log(dataset, start, end, limit)
        return [entry for number, entry in enumerate(found) if self._there(entry.published_at, number)]

    def _there(self, published_at: int, number: int) -> bool:
        through = self._through()
        return through is None or published_at <= through or number % 2 == 1


@pytest.mark.parametrize("kind", [HeldBack, Gappy])
def test_a_page_is_never_immutable_before_it_is_complete(
    build_api: Callable[..., Api], settings: Settings, log: Log, kind: type[HeldBack]
) -> None:
    """The sink is held back at every entry in turn: what is marked closed is what everybody will always see."""
    instants = [T0 + HOUR, T0 + 2 * HOUR, T0 + 3 * HOUR - 1, T0 + 3 * HOUR + 5, T0 + 4 * HOUR, T0 + 9 * HOUR]
    for number, instant in enumerate(instants):
        log.publish(log.one(instant, float(number)))
    through: list[int | None] = [None]
    api = build_api(lambda: kind(open_reader(settings), lambda: through[0]))
    complete = {"2026-01-05T06:00:00Z": {"0", "1", "2"}, "2026-01-05T09:00:00Z": {"3", "4"}}
    closed_at: dict[str, int] = {}
    for instant in instants:
        through[0] = instant
        for start, values in complete.items():
            answer = api.get(page_of(start), accept="application/n-quads")
            if answer.headers["cache-control"] == IMMUTABLE:
                closed_at.setdefault(start, instant)
                assert plain(quads(api, page_of(start))) == values
                assert HYDRA["next"] in {quad.predicate for quad in quads(api, page_of(start))}
            elif answer.status_code == 200:
                assert plain(quads(api, page_of(start))) <= values
                assert HYDRA["next"] not in {quad.predicate for quad in quads(api, page_of(start))}
    assert closed_at == {"2026-01-05T06:00:00Z": instants[3], "2026-01-05T09:00:00Z": instants[5]}


def plain(found: list[Quad]) -> set[str]:
    return {quad.object.value for quad in found if quad.predicate.value.endswith("VacantSpaces")}  # type: ignore[union-attr]


def test_a_frame_across_the_end_of_a_window_closes_the_page_and_is_on_both(api: Api, log: Log) -> None:
    log.publish(log.one(T0 + 1, 1.0))
    log.publish(*(log.one(T0 + 3 * HOUR + n, 10.0 + n) for n in (-2, -1, 0, 1)))
    assert plain(quads(api, page_of(FIRST))) == {"1", "8", "9"}
    assert plain(quads(api, page_of(LATER))) == {"10", "11"}
    assert api.get(page_of(FIRST)).headers["cache-control"] == IMMUTABLE
    assert api.get(page_of(LATER)).headers["cache-control"] != IMMUTABLE
    neighbours = {
        quad.predicate: quad.object
        for quad in quads(api, page_of(LATER))
        if quad.predicate.value.startswith(HYDRA.base)
    }
    assert str(neighbours[HYDRA["previous"]]).endswith(f"{FIRST}>")


def test_time_passing_closes_no_page(api: Api, log: Log) -> None:
    """The window is long over, but its last observations may still be on their way to the store."""
    log.publish(log.one(T0 + HOUR))
    assert api.get(page_of(FIRST)).headers["cache-control"] != IMMUTABLE


@pytest.fixture
def labels(api: Api) -> Callable[[Api, str], set[str]]:
    def of(asked: Api, start: str) -> set[str]:
        found = quads(asked, page_of(start))
        return {
            quad.object.value
            for quad in found
            if quad.predicate == RDFS["label"]
            and isinstance(quad.object, Literal)
            and "/parking/P1" in str(quad.subject)
        }

    return of


@pytest.fixture
def renamed(tmp_path: Path, api: Api, build_api: Callable[..., Api]) -> Api:
    """The application after the city gave a car park another name and everything was started anew."""
    tended(api, lambda: None)
    registry = pages_registry(tmp_path, gent=GENT.replace("Vrijdagmarkt", "Nieuwe naam"))
    assert registry.version != api.registry.version
    return build_api(registry=registry)


def test_sites_are_described_by_the_registry_in_force_at_closing(
    api: Api, log: Log, renamed: Api, labels: Callable[[Api, str], set[str]]
) -> None:
    old, new = api.registry.version, renamed.registry.version
    log.publish(log.one(T0), registry=old)
    log.publish(log.one(T0 + 4 * HOUR), registry=old)
    log.publish(log.one(T0 + 7 * HOUR), registry=new)
    # Nobody has asked for them before; still the first was closed under the old names, the second under the new ones.
    assert labels(renamed, FIRST) == {"Vrijdagmarkt"}
    assert labels(renamed, LATER) == {"Nieuwe naam"}
    assert labels(renamed, "2026-01-05T12:00:00Z") == {"Nieuwe naam"}


@pytest.mark.parametrize("version", ["ffffffffffff", "../../..", ""])
def test_a_registry_that_is_not_kept_is_replaced_by_the_one_in_force(
    log: Log, renamed: Api, labels: Callable[[Api, str], set[str]], version: str
) -> None:
    log.publish(log.one(T0))
    log.publish(log.one(T0 + 4 * HOUR), registry=version)
    assert labels(renamed, FIRST) == {"Nieuwe naam"}


def test_all_forms_of_a_closed_page_come_from_the_one_written_first(
    api: Api, log: Log, renamed: Api, labels: Callable[[Api, str], set[str]]
) -> None:
    """Also where the two processes know different registries, as while one after the other is started anew."""
    log.publish(log.one(T0))
    log.publish(log.one(T0 + 4 * HOUR), registry="unknown")
    assert labels(api, FIRST) == labels(renamed, FIRST) == {"Vrijdagmarkt"}
    assert "Vrijdagmarkt" in renamed.get(f"{page_of(FIRST)}&format=turtle").text


def test_many_who_ask_at_once_cost_one_reading(build_api: Callable[..., Api], settings: Settings, log: Log) -> None:
    log.publish(log.one(T0))
    log.publish(log.one(T0 + 4 * HOUR))
    read: list[int] = []

    class Counting(HeldBack):
        def log(self, dataset: str, start: int, end: int, limit: int = 1000) -> list[LogEntry]:
            if limit > 1:
                read.append(start)
            return self._reader.log(dataset, start, end, limit)

    api = build_api(lambda: Counting(open_reader(settings), lambda: None))

    async def ask() -> set[bytes]:
        async with api.client() as client:
            answers = await asyncio.gather(*(client.get(page_of(FIRST)) for _ in range(30)))
        return {answer.content for answer in answers}

    assert len(asyncio.run(ask())) == 1
    assert len(read) <= 2


def test_processes_that_write_the_same_page_at_once_agree(build_api: Callable[..., Api], log: Log) -> None:
    log.publish(log.one(T0))
    log.publish(log.one(T0 + 4 * HOUR))
    together = Barrier(4)
    tags: list[str] = []

    def ask(api: Api) -> None:
        together.wait()
        tags.append(api.get(page_of(FIRST)).headers["etag"])

    threads = [Thread(target=ask, args=(build_api(),)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(tags) == 4
    assert len(set(tags)) == 1
