"""Pages fetched while data arrive and again later: nothing closed changes, nothing published is missing or twice."""

import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, Quad

from apis.app import create_app
from apis.live import LiveState
from apis.pages import cutting
from apis.readers import Readers
from apis.vocabulary import HYDRA, PROV, SOSA
from stadspuls.clock import HOUR, MINUTE, SECOND, rfc3339
from stadspuls.model import Observation, Quality, Value
from stadspuls.settings import load_settings
from store.backends import open_reader
from tests.apis.conftest import BASE, Api, Made
from tests.apis.pages.cities import pages_registry
from tests.apis.pages.conftest import IMMUTABLE, T0, Log, quads

MOST = 6
SENSORS = [
    ("P1", "vacantSpaces"),
    ("street-derived", "vacantSpaces"),
    ("east", "vacantSpaces"),
    ("west", "vacantSpaces"),
    ("S1", "occupied"),
    ("P1", "message"),
]
OTHER_VALUES: dict[str, Value] = {"occupied": True, "message": "x"}
PATH = "/gent/parking"


@contextmanager
def fresh() -> Iterator[tuple[Api, Log]]:
    """An application of its own, since one example may not see another's pages."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "data").mkdir()
        registry = pages_registry(folder)
        chosen = load_settings(None, data_dir=folder / "data", public_url=BASE)
        readers = Readers(lambda: open_reader(chosen), threads=1)
        live = LiveState(chosen, registry, readers)
        log = Log(chosen, registry)
        try:
            yield Api(create_app(chosen, registry, readers, live), chosen, registry, live, readers, Made(registry)), log
        finally:
            readers.close()
            log.close()


step = st.one_of(st.integers(1, 3), st.integers(1, 4 * HOUR), st.just(3 * HOUR))
reading = st.tuples(
    step,
    st.sampled_from(SENSORS),
    st.one_of(st.just(0), st.integers(0, 5 * HOUR)),
    st.sampled_from([Quality.GOOD, Quality.GOOD, Quality.SUSPECT]),
)
"""After how long it is published, by which sensor, how late it is then, and what the checks say."""
frames = st.lists(st.tuples(st.lists(reading, min_size=1, max_size=MOST + 2), st.booleans()), min_size=1, max_size=9)
"""Whether somebody looks at every page after the frame."""


Frame = list[tuple[int, tuple[str, str], int, Quality]]


def publish(log: Log, frame: Frame, published: list[Observation], at: int) -> None:
    """One frame behind an instant; what was published before under the same identity is not published again."""
    made: list[Observation] = []
    for gap, of, late, quality in frame:
        at += gap
        value = OTHER_VALUES.get(of[1], float(at % 1000))
        o = log.one(at, value, of, observed_at=at - SECOND - late, quality=quality)
        if all(o.identity != known.identity for known in published + made):
            made.append(o)
    if made:
        log.publish(*made)
    published += made


class Reader:
    """Reads pages as a client does, and keeps what it was told would never change."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self.closed: dict[str, set[Quad]] = {}

    def chain(self) -> dict[str, set[Quad]]:
        """Every page, from the newest back to the first."""
        found: dict[str, set[Quad]] = {}
        page: str | None = self._api.get(PATH).headers["location"].removeprefix(BASE)
        while page is not None:
            assert page not in found
            found[page] = self._fetch(page)
            page = neighbour(found[page], HYDRA["previous"])
        return found

    def _fetch(self, page: str) -> set[Quad]:
        answer = self._api.get(page)
        assert answer.status_code == 200
        said = set(quads(self._api, page))
        if page in self.closed:
            assert said == self.closed[page]
            assert answer.headers["cache-control"] == IMMUTABLE
        elif answer.headers["cache-control"] == IMMUTABLE:
            self.closed[page] = said
        return said


def neighbour(said: Iterable[Quad], link: NamedNode) -> str | None:
    found = [quad.object for quad in said if quad.predicate == link]
    assert len(found) <= 1
    return found[0].value.removeprefix(BASE) if found and isinstance(found[0], NamedNode) else None


def told(said: Iterable[Quad]) -> Iterator[tuple[str, str]]:
    """Which observations a page holds, by what makes each the same one: its moment, and site or its own identifier."""
    for quad in said:
        moment = getattr(quad.graph_name, "value", "")
        plain = "?time=" in moment and quad.predicate.value.endswith("VacantSpaces")
        if plain or quad.object == SOSA["Observation"]:
            yield moment, getattr(quad.subject, "value", "")


def expected(o: Observation) -> tuple[str, str]:
    stream, moment = o.datastream, f"{BASE}{PATH}?time={rfc3339(o.observed_at)}"
    site = {"P1": "https://stad.gent/id/parking/P1"}.get(stream.site, f"{BASE}/gent/id/site/parking/{stream.site}")
    alone = stream.sensor in ("P1", "street-derived") and stream.observed_property == "vacantSpaces"
    if alone and o.quality is Quality.GOOD:
        return moment, site
    name = f"{stream.sensor}/{stream.observed_property}/{rfc3339(o.observed_at)}"
    return moment, f"{BASE}/gent/id/observation/parking/{name}"


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(frames)
def test_closed_pages_never_change_and_all_pages_together_are_the_published_log(
    made: list[tuple[Frame, bool]],
) -> None:
    with pytest.MonkeyPatch.context() as patch, fresh() as (api, log):
        patch.setattr(cutting, "MOST", MOST)
        patch.setattr("apis.pages.shelf.KEEP_SECONDS", 0.0)
        reader, published = Reader(api), list[Observation]()
        for frame, looked_at in made:
            publish(log, frame, published, published[-1].published_at if published else T0 - HOUR)
            if looked_at:
                reader.chain()
        check(reader, published)


def check(reader: Reader, published: list[Observation]) -> None:
    pages = reader.chain()
    assert Counter(each for said in pages.values() for each in told(said)) == Counter(map(expected, published))
    backwards = list(pages)
    assert all(page in reader.closed for page in backwards[1:])
    assert backwards[0] not in reader.closed
    forwards = [backwards[-1]]
    while following := neighbour(pages[forwards[-1]], HYDRA["next"]):
        forwards.append(following)
    assert forwards == backwards[::-1]
    assert all(len(list(told(said))) <= MOST for said in pages.values())


def test_a_chain_over_many_windows_and_cuts_is_whole() -> None:
    """The plain case beside the drawn ones, with more pages than they have."""
    with pytest.MonkeyPatch.context() as patch, fresh() as (api, log):
        patch.setattr(cutting, "MOST", MOST)
        patch.setattr("apis.pages.shelf.KEEP_SECONDS", 0.0)
        reader, published = Reader(api), list[Observation]()
        for n in range(60):
            # Twelve an hour for a while, then a night without any.
            at = T0 + n * 5 * MINUTE + (n // 30) * 13 * HOUR
            publish(log, [(1, ("P1", "vacantSpaces"), 0, Quality.GOOD)], published, at)
            if n % 7 == 0:
                reader.chain()
        check(reader, published)
        assert len(reader.closed) == 9


def test_moments_of_all_pages_are_the_instants_of_observation() -> None:
    with fresh() as (api, log):
        published = [log.one(T0 + n * HOUR, observed_at=T0 + n * MINUTE) for n in range(8)]
        for each in published:
            log.publish(each)
        said = [quad for page in Reader(api).chain().values() for quad in page]
        instants = {
            quad.object.value
            for quad in said
            if quad.predicate == PROV["generatedAtTime"]
            and "?time=" in str(quad.subject)
            and isinstance(quad.object, Literal)
        }
        assert instants == {rfc3339(o.observed_at) for o in published}
