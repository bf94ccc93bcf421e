from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import structs

from stadspuls.clock import DAY, HOUR, MINUTE, SECOND, to_us
from stadspuls.model import Observation, Origin, Quality
from stadspuls.settings import load_settings
from store import StoreReader, StoreWriter, windowed
from store.backends import open_reader, open_writer
from store.grid import Grid
from store.windowed import WindowPage, WindowQuery, read_windows
from store.windows import SeriesRule, Window, WindowPosition
from tests.store.made import DATASET, START, frame, observation, stream
from tests.store.naive_windows import Asked, naive_windows

BRUSSELS = ZoneInfo("Europe/Brussels")
ON_CHANGE = SeriesRule("on-change", max_age=HOUR)
PERIODIC = SeriesRule("periodic", max_age=HOUR)


def at(text: str) -> int:
    return to_us(datetime.fromisoformat(text).replace(tzinfo=BRUSSELS))


class Store:
    def __init__(self, folder: Path) -> None:
        chosen = load_settings(None, data_dir=folder)
        self.writer: StoreWriter = open_writer(chosen)
        self.reader: StoreReader = open_reader(chosen)
        self._published = START

    def keep(self, observations: Sequence[Observation]) -> None:
        for o in observations:
            self._published += 1
            self.writer.write([frame(o, source=self._published)])

    def windows(self, every: str, rule: SeriesRule, start: int | None = None, **more: object) -> list[Window]:
        query = WindowQuery(dataset=DATASET, every=every, zone=BRUSSELS, start=start, **more)  # type: ignore[arg-type]
        return read_windows(self.reader, query, lambda _sensor, _property: rule).windows

    def close(self) -> None:
        self.reader.close()
        self.writer.close()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path)
    yield store
    store.close()


def test_an_on_change_value_weighs_as_long_as_it_was_known(store: Store) -> None:
    store.keep([observation(START, 10.0), observation(START + 45 * MINUTE, 30.0)])
    first, second = store.windows("PT1H", ON_CHANGE)
    assert (first.start, first.end) == (START, START + HOUR)
    assert (first.mean, first.min, first.max, first.count, first.coverage) == (15.0, 10.0, 30.0, 2, 1.0)
    assert (second.mean, second.min, second.max, second.count, second.coverage) == (30.0, 30.0, 30.0, 0, 0.75)


def test_occupied_becomes_a_share_of_time(store: Store) -> None:
    store.keep([observation(START, True), observation(START + 15 * MINUTE, False)])
    window = store.windows("PT1H", ON_CHANGE)[0]
    assert (window.mean, window.min, window.max, window.coverage) == (0.25, 0.0, 1.0, 1.0)


def test_a_value_known_before_the_first_window_is_carried_into_it(store: Store) -> None:
    store.keep([observation(START - 20 * MINUTE, 8.0), observation(START + 30 * MINUTE, 4.0)])
    window = store.windows("PT1H", ON_CHANGE, START)[0]
    assert (window.mean, window.max, window.count, window.coverage) == (6.0, 8.0, 1, 1.0)


def test_a_value_is_known_for_its_max_age_and_no_longer(store: Store) -> None:
    store.keep([observation(START - 50 * MINUTE, 8.0)])
    (window,) = store.windows("PT1H", ON_CHANGE, START, end=START + DAY)
    assert (window.mean, window.count) == (8.0, 0)
    assert window.coverage == pytest.approx(10 / 60)


def test_nothing_is_known_of_the_future(store: Store) -> None:
    store.keep([observation(START, 8.0)])
    (window,) = store.windows("PT1H", ON_CHANGE, now=START + 15 * MINUTE)
    assert (window.mean, window.coverage) == (8.0, 0.25)


@pytest.mark.parametrize("quality", [Quality.SUSPECT, Quality.INCOMPLETE])
def test_a_value_that_is_not_good_ends_what_was_known_and_does_not_count(store: Store, quality: Quality) -> None:
    store.keep([observation(START, 8.0), observation(START + 30 * MINUTE, 99.0, quality=quality)])
    (window,) = store.windows("PT1H", ON_CHANGE)
    assert (window.mean, window.max, window.count, window.coverage) == (8.0, 8.0, 1, 0.5)
    (window,) = store.windows("PT1H", PERIODIC)
    assert (window.mean, window.max, window.count) == (8.0, 8.0, 1)


def test_a_window_of_suspect_values_alone_has_no_result(store: Store) -> None:
    store.keep([observation(START, 8.0, quality=Quality.SUSPECT)])
    assert store.windows("PT1H", ON_CHANGE) == store.windows("PT1H", PERIODIC) == []


def test_periodic_values_are_averaged_by_count(store: Store) -> None:
    store.keep([observation(START + i * MINUTE, float(v)) for i, v in ((0, 1), (1, 2), (50, 6))])
    (window,) = store.windows("PT1H", PERIODIC)
    assert (window.mean, window.min, window.max, window.count, window.coverage) == (3.0, 1.0, 6.0, 3, None)


def test_a_value_with_a_period_stands_at_the_start_of_its_period(store: Store) -> None:
    store.keep([observation(at("2026-01-05T00:00") + i * HOUR, float(i), stream("B", "no2")) for i in range(25)])
    before, day = store.windows("P1D", SeriesRule("periodic", HOUR, HOUR))
    assert (before.start, before.count) == (at("2026-01-04"), 1)
    assert before.coverage == pytest.approx(1 / 24)
    assert (day.start, day.count, day.mean, day.coverage) == (at("2026-01-05"), 24, 12.5, 1.0)


@pytest.mark.parametrize(("day", "length"), [("2026-03-29", 23), ("2026-10-25", 25)])
def test_days_on_which_the_clocks_change_have_all_their_hours(store: Store, day: str, length: int) -> None:
    start = at(day)
    store.keep([observation(start + (i + 1) * HOUR, float(i), stream("B", "no2")) for i in range(length + 1)])
    hourly = SeriesRule("periodic", HOUR, HOUR)
    window = store.windows("P1D", hourly, start)[0]
    assert (window.end - window.start, window.count, window.coverage) == (length * HOUR, length, 1.0)
    assert window.mean == (length - 1) / 2
    hours = store.windows("PT1H", hourly, start, end=window.end)
    assert [w.mean for w in hours] == [float(i) for i in range(length)]
    assert [w.start for w in hours] == [start + i * HOUR for i in range(length)]


def test_text_is_only_counted(store: Store) -> None:
    store.keep([observation(START + i, text) for i, text in enumerate("abc")])
    for rule in (ON_CHANGE, PERIODIC):
        (window,) = store.windows("PT1H", rule)
        assert (window.count, window.mean, window.min, window.max, window.coverage) == (3, None, None, None, None)


def test_the_least_real_origin_in_a_window_is_named(store: Store) -> None:
    made = [observation(START + i, of=stream(origin=origin)) for i, origin in enumerate(Origin)]
    store.keep(made[::-1])
    assert [w.origin for w in store.windows("PT1H", PERIODIC)] == [Origin.SIMULATED]


def test_values_of_another_unit_are_not_averaged_together(store: Store) -> None:
    store.keep([observation(START, 1.0, stream(unit="mg/m3")), observation(START + 1, 1000.0, stream(unit="ug/m3"))])
    (window,) = store.windows("PT1H", PERIODIC)
    assert (window.unit, window.mean, window.count) == ("ug/m3", 1000.0, 1)


def test_every_window_that_holds_a_moment_of_the_range_is_given_whole(store: Store) -> None:
    store.keep([observation(START + i * MINUTE, float(i)) for i in range(180)])
    found = store.windows("PT1H", PERIODIC, START + 30 * MINUTE, end=START + HOUR + 1)
    assert [(w.start, w.count) for w in found] == [(START, 60), (START + HOUR, 60)]


def test_the_empty_time_between_two_values_costs_nothing(store: Store) -> None:
    store.keep([observation(START, 1.0), observation(START + 3650 * DAY, 2.0)])
    found = store.windows("PT1M", SeriesRule("on-change", 5 * SECOND), 0, end=START + 40_000 * DAY)
    assert [(w.start, w.mean) for w in found] == [(START, 1.0), (START + 3650 * DAY, 2.0)]


def test_an_unknown_dataset_has_no_windows(store: Store) -> None:
    assert store.windows("P1D", PERIODIC, START) == []


def test_a_page_that_has_read_enough_ends_at_a_window_and_goes_on_there(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(windowed, "READ_AT_ONCE", 10)
    store.keep([observation(START + i * MINUTE, float(i)) for i in range(200)])
    query = WindowQuery(dataset=DATASET, every="PT1H", zone=BRUSSELS)
    page = read_windows(store.reader, query, lambda *_: PERIODIC, most_read=70)
    assert [w.start for w in page.windows] == [START]
    assert page.after == WindowPosition(START + HOUR, "", "")


RULES = {
    "vacantSpaces": SeriesRule("on-change", 40 * MINUTE),
    "occupied": SeriesRule("on-change", 3 * HOUR),
    "pm10": SeriesRule("periodic", HOUR),
}


def rules(sensor: str, observed_property: str) -> SeriesRule:
    # Hourly means, half-hourly ones, and instantaneous values beside each other.
    periods = {"a": HOUR, "b": 30 * MINUTE, "c": None}
    return RULES.get(observed_property) or SeriesRule("periodic", HOUR, periods[sensor])


@st.composite
def histories(draw: st.DrawFn) -> list[Observation]:
    zero = at("2026-10-24T22:00")
    place = st.tuples(
        # Often on a window's edge, over the night in which 02:00 comes twice.
        st.integers(0, 60).map(lambda n: n * 15 * MINUTE) | st.integers(0, 15 * HOUR),
        st.sampled_from("abc"),
        st.sampled_from(["vacantSpaces", "occupied", "pm10", "no2"]),
    )
    made = []
    for after, sensor, name in draw(st.lists(place, unique=True, max_size=25)):
        value = draw(st.booleans() if name == "occupied" else st.integers(-5, 40).map(float))
        origin = draw(st.sampled_from([Origin.MEASURED, Origin.SIMULATED]))
        quality = draw(st.sampled_from([Quality.GOOD] * 4 + [Quality.SUSPECT, Quality.INCOMPLETE]))
        of = stream(sensor, name, site="s1" if sensor == "a" else "s2", origin=origin)
        made.append(observation(zero + after, value, of, quality=quality))
    return made


def _all_pages(reader: StoreReader, query: WindowQuery, most_read: int) -> Iterator[WindowPage]:
    page = read_windows(reader, query, rules, most_read)
    yield page
    while page.after is not None:
        more = {name: getattr(query, name) for name in query.__dataclass_fields__} | {"after": page.after}
        page = read_windows(reader, WindowQuery(**more), rules, most_read)
        yield page


def _rounded(windows: list[Window]) -> list[dict[str, object]]:
    return [
        {name: round(v, 9) if isinstance(v, float) else v for name, v in structs.asdict(window).items()}
        for window in windows
    ]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    made=histories(),
    every=st.sampled_from(["PT15M", "PT1H", "PT2H", "PT6H", "P1D", "P1M"]),
    limit=st.integers(1, 9),
    most_read=st.sampled_from([1, 5, 1000]),
    at_once=st.sampled_from([1, 3, 5000]),
    data=st.data(),
)
def test_pages_together_are_exactly_what_the_definition_says(  # noqa: PLR0917 - hypothesis names them
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    made: list[Observation],
    every: str,
    limit: int,
    most_read: int,
    at_once: int,
    data: st.DataObject,
) -> None:
    monkeypatch.setattr(windowed, "READ_AT_ONCE", at_once)
    instant = st.none() | st.integers(0, 16 * HOUR).map(lambda after: at("2026-10-24T21:30") + after)
    start, end, now = data.draw(instant), data.draw(instant), data.draw(instant)
    sensors = data.draw(st.none() | st.frozensets(st.sampled_from("abc")))
    store = Store(tmp_path_factory.mktemp("store"))
    store.writer.write([frame(*made)])
    query = WindowQuery(
        dataset=DATASET, every=every, zone=BRUSSELS, start=start, end=end, now=now, sensors=sensors, limit=limit
    )
    pages = list(_all_pages(store.reader, query, most_read))
    store.close()
    chosen = [o for o in made if sensors is None or o.datastream.sensor in sensors]
    found = [window for page in pages for window in page.windows]
    assert [w.position for w in found] == sorted({w.position for w in found})
    assert all(len(page.windows) <= limit for page in pages)
    expected = naive_windows(chosen, Grid(every, BRUSSELS), rules, Asked(start, end, now))
    assert _rounded(found) == _rounded(expected)
