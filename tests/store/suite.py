"""What every backend of the store must do. A backend's test module gives a `StoreSuite` its own `store` fixture."""

from collections.abc import Iterator
from itertools import count
from typing import Protocol

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stadspuls.errors import StoreError
from stadspuls.model import Identity, Observation, Origin, Procedure, Quality
from store import HistoryQuery, RejectedQuery, StoreReader, StoreWriter
from store.protocol import Position
from tests.store.made import DATASET, START, frame, observation, stream
from tests.store.rejected_suite import RejectedSuite

OTHER = "gent/air-quality"
FAR = 2**62


class Store(Protocol):
    """An empty store: a fresh one for each test."""

    def open_writer(self) -> StoreWriter: ...

    def open_reader(self) -> StoreReader: ...


def _place(o: Observation) -> tuple[int, str, str]:
    return o.observed_at, o.datastream.sensor, o.datastream.observed_property


def _everything(reader: StoreReader, dataset: str = DATASET) -> list[Observation]:
    return reader.history(HistoryQuery(dataset=dataset, limit=100_000))


def _some(names: list[str]) -> st.SearchStrategy[frozenset[str] | None]:
    return st.none() | st.frozensets(st.sampled_from(names))


_NUMBERS = count()

# Each backend runs the same test function, and each example takes a dataset of its own.
_FRESH_DATASETS = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.differing_executors],
)


class StoreSuite(RejectedSuite):
    """The tests themselves."""

    @pytest.fixture
    def writer(self, store: Store) -> Iterator[StoreWriter]:
        writer = store.open_writer()
        yield writer
        writer.close()

    @pytest.fixture
    def reader(self, store: Store) -> Iterator[StoreReader]:
        reader = store.open_reader()
        yield reader
        reader.close()

    def test_an_empty_store_answers_with_nothing(self, reader: StoreReader) -> None:
        assert reader.latest(DATASET) == []
        assert _everything(reader) == []
        assert reader.identities([Identity(DATASET, "P1", "vacantSpaces", START)]) == {}
        assert reader.stored_through() == {}
        assert reader.log(DATASET, 0, FAR) == []
        assert reader.rejected(RejectedQuery()) == []

    def test_a_reader_that_came_before_the_writer_sees_what_it_writes(self, store: Store) -> None:
        reader = store.open_reader()
        assert _everything(reader) == []
        writer = store.open_writer()
        writer.write([frame(observation())])
        assert _everything(reader) == [observation()]
        writer.close()
        reader.close()

    @pytest.mark.parametrize("value", [12.0, 0.0, 1.0, -0.25, 1e300, True, False, "", "vrij & vol \u20ac\x00", "1"])
    def test_values_keep_their_type(self, writer: StoreWriter, reader: StoreReader, value: float | bool | str) -> None:
        writer.write([frame(observation(value=value))])
        (found,) = _everything(reader)
        assert (type(found.value), found.value) == (type(value), value)
        identities = reader.identities([found.identity])
        assert [(type(v), v) for v in identities.values()] == [(type(value), value)]

    def test_whole_numbers_come_back_as_numbers(self, writer: StoreWriter, reader: StoreReader) -> None:
        writer.write([frame(observation(value=1))])
        assert type(_everything(reader)[0].value) is float

    def test_everything_of_an_observation_comes_back(self, writer: StoreWriter, reader: StoreReader) -> None:
        one = stream("P1-derived", site="P1", origin=Origin.REPLAYED, procedure=Procedure.DERIVED)
        o = observation(of=one, quality=Quality.INCOMPLETE, known=3, capacity=40, published_at=START + 7)
        two = stream("P2", "no2", dataset=OTHER, unit="ug/m3", origin=Origin.SIMULATED)
        p = observation(of=two, value=900.5, quality=Quality.SUSPECT, test="range", published_at=START + 8)
        writer.write([frame(o, p)])
        assert _everything(reader) == reader.latest(DATASET) == [o]
        assert _everything(reader, OTHER) == reader.latest(OTHER) == [p]

    def test_an_observation_says_what_was_so_when_it_was_published(
        self, writer: StoreWriter, reader: StoreReader
    ) -> None:
        first = observation(START, of=stream(site="old"))
        second = observation(START + 1, of=stream(site="new", unit="1", origin=Origin.SIMULATED))
        writer.write([frame(first, second)])
        assert _everything(reader) == [first, second]
        assert reader.latest(DATASET) == [second]
        assert reader.history(HistoryQuery(dataset=DATASET, sites=frozenset({"old"}))) == [first]
        assert reader.latest(DATASET, sites=frozenset({"old"})) == [first]

    def test_writing_the_same_again_changes_nothing(self, writer: StoreWriter, reader: StoreReader) -> None:
        frames = [frame(observation(START + i), observation(START + i, of=stream("P2")), source=i) for i in range(3)]
        writer.write(frames)
        before = (_everything(reader), reader.log(DATASET, 0, FAR), reader.stored_through())
        writer.write(frames)
        writer.write(frames[1:2])
        assert (_everything(reader), reader.log(DATASET, 0, FAR), reader.stored_through()) == before

    def test_the_unknown_half_of_what_is_written_again_is_added(self, writer: StoreWriter, reader: StoreReader) -> None:
        known, unknown = (frame(observation(START + i), source=i) for i in range(2))
        writer.write([known])
        writer.write([known, unknown])
        assert _everything(reader) == known.observations + unknown.observations
        assert [entry.frame for entry in reader.log(DATASET, 0, FAR)] == [known, unknown]

    def test_a_write_that_fails_leaves_nothing_behind(self, writer: StoreWriter, reader: StoreReader) -> None:
        good, impossible = observation(of=stream("P9")), observation(value=float("nan"))
        with pytest.raises(StoreError):
            writer.write([frame(good), frame(impossible, source=1)])
        assert _everything(reader) == []
        assert reader.stored_through() == {}
        writer.write([frame(good)])
        assert _everything(reader) == reader.latest(DATASET) == [good]

    def test_an_empty_frame_is_stored_as_nothing(self, writer: StoreWriter, reader: StoreReader) -> None:
        writer.write([frame()])
        writer.write([])
        assert reader.stored_through() == {}

    def test_latest_is_the_latest_observed_not_the_latest_published(
        self, writer: StoreWriter, reader: StoreReader
    ) -> None:
        newest = observation(START + 10, published_at=START + 20)
        late = observation(START + 5, published_at=START + 30)
        writer.write([frame(newest), frame(late, source=1)])
        assert reader.latest(DATASET) == [newest]

    def test_latest_has_each_sensor_and_property_once_in_order(self, writer: StoreWriter, reader: StoreReader) -> None:
        streams = [stream(s, p) for s in ("b", "a", "c") for p in ("y", "x")]
        made = [observation(START + i, of=s) for i in range(3) for s in streams]
        writer.write([frame(*made)])
        found = reader.latest(DATASET)
        assert [_place(o) for o in found] == [(START + 2, s, p) for s in "abc" for p in "xy"]
        chosen = reader.latest(DATASET, sensors=frozenset({"a", "b"}), properties=frozenset({"x"}))
        assert [_place(o) for o in chosen] == [(START + 2, "a", "x"), (START + 2, "b", "x")]

    def test_latest_before_an_instant_is_what_was_known_then(self, writer: StoreWriter, reader: StoreReader) -> None:
        made = [observation(START + i) for i in (0, 10, 20)]
        writer.write([frame(*made)])
        assert reader.latest(DATASET, before=START + 20) == [made[1]]
        assert reader.latest(DATASET, before=START + 21) == [made[2]]
        assert reader.latest(DATASET, before=START) == []

    def test_identities_finds_many_at_once(self, writer: StoreWriter, reader: StoreReader) -> None:
        made = [observation(START + i, float(i), stream(f"P{i % 7}")) for i in range(1500)]
        other = observation(START, 7.5, stream("P1", dataset=OTHER))
        writer.write([frame(*made, other)])
        unknown = [
            Identity(DATASET, "P1", "vacantSpaces", START),
            Identity(DATASET, "P99", "vacantSpaces", START),
            Identity("gent/unknown", "P1", "vacantSpaces", START),
        ]
        found = reader.identities([*unknown, *(o.identity for o in made), other.identity])
        assert found == {o.identity: o.value for o in [*made, other]}
        assert reader.identities([]) == {}

    def test_stored_through_is_the_last_publication_of_each_dataset(
        self, writer: StoreWriter, reader: StoreReader
    ) -> None:
        other = stream(dataset=OTHER)
        writer.write(
            [
                frame(observation(START, published_at=START + 5), observation(START, of=other, published_at=START + 3)),
                frame(observation(START + 1, published_at=START + 9), source=1),
            ]
        )
        assert reader.stored_through() == {DATASET: START + 9, OTHER: START + 3}
        writer.write([frame(observation(START, published_at=START + 5))])
        assert reader.stored_through() == {DATASET: START + 9, OTHER: START + 3}

    def test_stored_through_is_noted_without_frames_and_never_lowered(
        self, writer: StoreWriter, reader: StoreReader
    ) -> None:
        writer.write([frame(observation(START, published_at=START + 5))])
        writer.note_stored_through({DATASET: START + 4, OTHER: START + 7})
        assert reader.stored_through() == {DATASET: START + 5, OTHER: START + 7}
        writer.note_stored_through({DATASET: START + 9})
        assert reader.stored_through() == {DATASET: START + 9, OTHER: START + 7}
        assert (_everything(reader, OTHER), reader.latest(OTHER), reader.log(OTHER, 0, FAR)) == ([], [], [])
        writer.write([frame(observation(START, of=stream(dataset=OTHER), published_at=START + 6))])
        assert reader.stored_through() == {DATASET: START + 9, OTHER: START + 7}

    def test_the_log_has_what_each_frame_published_in_the_dataset(
        self, writer: StoreWriter, reader: StoreReader
    ) -> None:
        other = stream(dataset=OTHER)
        a, b, c = (observation(START + i, published_at=START + 10 * i) for i in range(3))
        x, y = (observation(START + i, of=other, published_at=START + 5 + 10 * i) for i in range(2))
        writer.write([frame(a, x, b, source=8), frame(source=9), frame(c, y, source=10)])
        assert reader.log(DATASET, 0, FAR) == [
            (a.published_at, frame(a, b, source=8)),
            (c.published_at, frame(c, source=10)),
        ]
        assert reader.log(OTHER, 0, FAR) == [
            (x.published_at, frame(x, source=8)),
            (y.published_at, frame(y, source=10)),
        ]

    def test_parts_of_one_source_frame_are_entries_of_their_own(self, writer: StoreWriter, reader: StoreReader) -> None:
        parts = [frame(observation(START + i), source=4, part=i, parts=3) for i in range(3)]
        writer.write(parts[:1])
        writer.write(parts)
        assert [entry.frame for entry in reader.log(DATASET, 0, FAR)] == parts

    def test_the_log_is_asked_by_half_open_range_and_limit(self, writer: StoreWriter, reader: StoreReader) -> None:
        frames = [frame(observation(START + i, published_at=START + i), source=i) for i in range(5)]
        writer.write(reversed(frames))
        entries = [(f.observations[0].published_at, f) for f in frames]
        assert reader.log(DATASET, START + 1, START + 4) == entries[1:4]
        assert reader.log(DATASET, START + 1, START + 4, limit=2) == entries[1:3]

    def test_the_log_index_says_where_entries_lie_in_both_directions(
        self, writer: StoreWriter, reader: StoreReader
    ) -> None:
        other = stream(dataset=OTHER)
        frames = [
            frame(*(observation(START, of=stream(f"P{n}"), published_at=START + 10 * i + n) for n in range(i + 1)))
            for i in range(5)
        ]
        writer.write([*reversed(frames), frame(observation(START, of=other, published_at=START + 20))])
        spans = [(START + 10 * i, START + 11 * i, i + 1) for i in range(5)]
        assert reader.log_index(DATASET, 0, FAR) == spans
        assert reader.log_index(DATASET, START + 10, START + 30) == spans[1:3]
        assert reader.log_index(DATASET, START + 1, FAR, limit=2) == spans[1:3]
        assert reader.log_index(DATASET, 0, START + 31, limit=2, newest_first=True) == spans[3:1:-1]
        assert reader.log_index("gent/unknown", 0, FAR) == []

    def test_history_is_asked_by_half_open_range(self, writer: StoreWriter, reader: StoreReader) -> None:
        made = [observation(START + i) for i in range(5)]
        writer.write([frame(*made)])
        assert reader.history(HistoryQuery(dataset=DATASET, start=START + 1, end=START + 4)) == made[1:4]
        assert reader.history(HistoryQuery(dataset=DATASET, end=START)) == []
        assert reader.history(HistoryQuery(dataset="gent/unknown")) == []

    @_FRESH_DATASETS
    @given(data=st.data())
    def test_histories_page_exactly_in_their_order(
        self, writer: StoreWriter, reader: StoreReader, data: st.DataObject
    ) -> None:
        # Small ranges, so that many observations share an instant; names whose order is not that of their arrival.
        dataset = f"gent/{next(_NUMBERS)}"
        place = st.tuples(st.integers(0, 4), st.sampled_from("cabd"), st.sampled_from("yxz"))
        places = data.draw(st.lists(place, unique=True, max_size=40))
        made = [
            observation(START + t, float(i), stream(s, p, dataset=dataset, site=f"site{'cabd'.index(s) // 2}"))
            for i, (t, s, p) in enumerate(places)
        ]
        writer.write(frame(o, source=i) for i, o in enumerate(made))
        sites, sensors, properties = (
            data.draw(_some(n)) for n in (["site0", "site1", "site2"], list("abe"), list("xz"))
        )
        start, end = data.draw(st.none() | st.integers(0, 5)), data.draw(st.none() | st.integers(0, 5))
        expected = sorted(
            (
                o
                for o in made
                if (sites is None or o.datastream.site in sites)
                and (sensors is None or o.datastream.sensor in sensors)
                and (properties is None or o.datastream.observed_property in properties)
                and (start is None or o.observed_at >= START + start)
                and (end is None or o.observed_at < START + end)
            ),
            key=_place,
        )
        limit = data.draw(st.integers(1, 7))
        found: list[Observation] = []
        while True:
            page = reader.history(
                HistoryQuery(
                    dataset=dataset,
                    start=None if start is None else START + start,
                    end=None if end is None else START + end,
                    sites=sites,
                    sensors=sensors,
                    properties=properties,
                    after=Position(*_place(found[-1])) if found else None,
                    limit=limit,
                )
            )
            assert len(page) <= limit
            found += page
            if len(page) < limit:
                break
        assert found == expected

    def test_retention_deletes_by_publication_and_by_dataset(self, writer: StoreWriter, reader: StoreReader) -> None:
        other = stream(dataset=OTHER)
        # The old recording was published last: it must stay.
        old = observation(START, published_at=START + 10)
        recording = observation(START - 9_000, published_at=START + 30)
        elsewhere = observation(START, of=other, published_at=START + 11)
        writer.write([frame(old, elsewhere), frame(recording, source=1)])
        assert writer.retain({DATASET: START + 20, "gent/unknown": FAR}, 0) == 1
        assert _everything(reader) == reader.latest(DATASET) == [recording]
        assert _everything(reader, OTHER) == [elsewhere]
        assert [entry.frame.observations for entry in reader.log(DATASET, 0, FAR)] == [[recording]]
        assert reader.stored_through() == {DATASET: START + 30, OTHER: START + 11}
        assert writer.retain({DATASET: START + 20}, 0) == 0

    def test_a_long_retention_job_deletes_everything_that_is_due(
        self, writer: StoreWriter, reader: StoreReader
    ) -> None:
        writer.write(frame(observation(START + i, published_at=START + i), source=i) for i in range(350))
        assert writer.retain({DATASET: START + 349}, 0) == 349
        assert len(_everything(reader)) == 1

    def test_a_closed_store_refuses_with_a_store_error(self, store: Store) -> None:
        reader, writer = store.open_reader(), store.open_writer()
        reader.close()
        writer.close()
        with pytest.raises(StoreError):
            reader.stored_through()
        with pytest.raises(StoreError):
            writer.write([frame(observation())])
