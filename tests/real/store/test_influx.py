"""The InfluxDB backend on a real server: the shared suite, and what is InfluxDB's own."""

import threading
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
import structlog
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from influxdb_client.client.write_api import SYNCHRONOUS
from msgspec import structs

from stadspuls.clock import DAY, HOUR, MINUTE, now_us
from stadspuls.errors import StoreError
from stadspuls.model import Observation, Quality, Reason, Value
from stadspuls.settings import load_settings
from store import HistoryQuery, RejectedQuery, StoreReader, influx_history
from store.backends import open_reader, open_writer
from store.influx_connection import InfluxConnection
from store.protocol import Position
from tests.real.serving import StartServer, token_of
from tests.real.store.conftest import InfluxStore
from tests.store.answers import answers
from tests.store.kafka_log import counted
from tests.store.made import DATASET, START, frame, observation, rejection, stream
from tests.store.suite import StoreSuite

FAR = 2**62


class TestInflux(StoreSuite):
    """Row for row what SQLite answers."""


class TestInfluxWithNarrowAnswers(StoreSuite):
    """Nearly every answer is too large, so that narrower questions are asked instead."""

    @pytest.fixture(autouse=True)
    def _narrow(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for module in ("influx_history", "influx_log", "influx_rejected"):
            monkeypatch.setattr(f"store.{module}.MOST_ROWS", 2)
        monkeypatch.setattr(influx_history, "MOST_NAMED", 1)
        monkeypatch.setattr(influx_history, "READ_AHEAD", 5)


def everything(reader: StoreReader, dataset: str = DATASET) -> list[Observation]:
    return reader.history(HistoryQuery(dataset=dataset, limit=100_000))


def put(store: InfluxStore, line: str) -> None:
    with store.client() as client:
        client.write_api(write_options=SYNCHRONOUS).write(store.settings.influx_bucket, record=line)


def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every question that is asked from now on."""
    questions: list[str] = []
    original = InfluxConnection.ask

    def ask(self: InfluxConnection, flux: str, *rest: object) -> list[tuple[str, ...]]:
        questions.append(flux)
        return original(self, flux, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(InfluxConnection, "ask", ask)
    return questions


HOSTILE = [
    '"',
    "\\",
    "a\\",
    "\n",
    "\r\n",
    "\x00",
    "|",
    "%",
    "%41",
    "${1}",
    ") |> drop()",
    " ",
    ",",
    "=",
    "/",
    "'",
    "#",
    "",
]
texts = st.lists(st.sampled_from(HOSTILE) | st.text(max_size=3), max_size=4).map("".join)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_hostile_text_of_any_kind_survives(store: InfluxStore, data: st.DataObject) -> None:
    sensor, name, site, unit, value, test = (data.draw(texts) for _ in range(6))
    dataset = "/".join(data.draw(texts).replace("/", "") for _ in range(2))
    of = stream(sensor, name, dataset=dataset, unit=unit)
    of = type(of)(of.city, of.theme, site, sensor, name, unit)
    made = observation(value=value, of=of, quality=Quality.SUSPECT, test=test)
    other = observation(of=type(of)(of.city, of.theme, f"{site}x", f"{sensor}x", f"{name}x", unit))
    kept = rejection(topic=f"{dataset}/{sensor}")
    with closing(store.open_writer()) as writer, closing(store.open_reader()) as reader:
        writer.write([frame(made, other)])
        writer.write_rejected([kept])
        chosen = HistoryQuery(
            dataset=dataset, sites=frozenset({site}), sensors=frozenset({sensor}), properties=frozenset({name})
        )
        assert reader.history(chosen) == [made]
        both = replace(chosen, sites=frozenset({site, "?"}), sensors=frozenset({sensor, "?"}), properties=None)
        assert reader.history(both) == [made]
        assert reader.latest(dataset, sensors=frozenset({sensor}), sites=frozenset({site})) == [made]
        assert reader.identities([made.identity]) == {made.identity: value}
        assert [entry.frame for entry in reader.log(dataset, 0, FAR)] == [frame(made, other)]
        assert dataset in reader.stored_through()
        assert kept in reader.rejected(RejectedQuery(city=kept.city))
        writer.retain({dataset: FAR}, FAR)
        assert (everything(reader, dataset), reader.rejected(RejectedQuery())) == ([], [])


VALUES: list[Value] = [1.5, -0.0, True, False, "tekst"]


def steps(draw: st.DrawFn) -> list[list[Observation]]:
    """Frames whose observations are published one after the other, some of them late."""
    seen: set[tuple[int, int]] = set()
    frames: list[list[Observation]] = []
    published = START + DAY
    for _ in range(draw(st.integers(1, 12))):
        made = []
        for _ in range(draw(st.integers(1, 6))):
            published += draw(st.sampled_from([1, 1000, MINUTE, HOUR]))
            sensor, behind = draw(st.integers(0, 3)), draw(st.sampled_from([0, 1, MINUTE, 2 * HOUR, 5 * HOUR]))
            observed = published - behind - draw(st.integers(0, 2))
            if (sensor, observed) not in seen:
                seen.add((sensor, observed))
                value = draw(st.sampled_from(VALUES))
                of = stream(f"s{sensor}", "xyz"[sensor % 3], site=f"site{sensor // 2}")
                made.append(observation(observed, value, of, published_at=published))
        if made:
            frames.append(made)
    return frames


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_every_answer_is_that_of_sqlite_also_after_retention(
    store: InfluxStore, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    made = data.draw(st.composite(steps)())
    frames = [frame(*one, source=i) for i, one in enumerate(made)]
    kept = [rejection(f"gent/parking/P{i}", rejected_at=START + i // 2) for i in range(len(frames))]
    publications = [o.published_at for one in made for o in one]
    plain = load_settings(None, data_dir=tmp_path_factory.mktemp("sqlite"))
    bucket = InfluxStore(store.settings.model_copy(update={"influx_bucket": store.another_bucket()}))
    found = []
    for chosen in (plain, bucket.settings):
        with closing(open_writer(chosen)) as writer, closing(open_reader(chosen)) as reader:
            writer.write(frames)
            writer.write_rejected(kept)
            found.append([answers(reader)])
    cuts = [data.draw(st.sampled_from([*publications, publications[-1] + 1])) for _ in range(2)]
    for own, chosen in zip(found, (plain, bucket.settings), strict=True):
        with closing(open_writer(chosen)) as writer, closing(open_reader(chosen)) as reader:
            for cut in sorted(cuts):
                own.append({"gone": writer.retain({DATASET: cut}, START + 2), **answers(reader)})
    assert found[1] == found[0]


def test_a_moved_sensor_keeps_what_was_published_first(store: InfluxStore) -> None:
    first = observation(START, 1.0, stream(site="old"), published_at=START + 5)
    second = observation(START, 2.0, stream(site="new"), published_at=START + 6)
    with closing(store.open_writer()) as writer, closing(store.open_reader()) as reader:
        writer.write([frame(second, source=1), frame(first)])
        assert everything(reader) == reader.latest(DATASET) == [first]
        assert reader.identities([first.identity]) == {first.identity: 1.0}


def test_points_that_influxdb_refuses_are_kept_as_rejected_and_keep_no_other_out(store: InfluxStore) -> None:
    made = [observation(START + i, of=stream(f"P{i}"), published_at=START + i) for i in range(300)]
    # InfluxDB holds no instant before 1677, and refuses the whole request.
    unheld = observation(-(2**54), of=stream("old"), published_at=START + 300)
    # A field of another type, as somebody else's program may have written it.
    put(store.opened(), f"observation,city=gent,theme=parking quality=1i {(START + 40 * DAY) * 1000}")
    conflict = [observation(START + 40 * DAY + i, of=stream(f"Q{i}"), published_at=START + 301 + i) for i in range(3)]
    whole = frame(*made, unheld, *conflict, source=9)
    before = counted("store_refused_total", dataset=DATASET)
    with closing(store.open_writer()) as writer, closing(store.open_reader()) as reader:
        for _ in range(2):
            with structlog.testing.capture_logs() as lines:
                writer.write([whole])
            assert len(lines) == 4
            assert everything(reader) == made
            assert [entry.frame for entry in reader.log(DATASET, 0, FAR)] == [whole]
            assert reader.stored_through() == {DATASET: START + 303}
            kept = reader.rejected(RejectedQuery(city="gent"))
            assert {r.sensor for r in kept} == {"old", "Q0", "Q1", "Q2"}
            assert {r.reason for r in kept} == {Reason.REFUSED}
            assert len(kept) == 4
    detail = {r.sensor: r.detail for r in kept}
    assert "time outside range" in detail["old"]
    assert "field type conflict" in detail["Q1"]
    assert all(r.payload.startswith(b"observation,city=gent") for r in kept)
    assert counted("store_refused_total", dataset=DATASET) == before + 8


def test_the_published_order_is_never_kept_aside(store: InfluxStore) -> None:
    put(store.opened(), f"log,dataset=x span=1i {START * 1000}")
    with closing(store.open_writer()) as writer, closing(store.open_reader()) as reader:
        with pytest.raises(StoreError, match=r"refuses points: .*field type conflict"):
            writer.write([frame(observation(published_at=START))])
        assert reader.stored_through() == {}


def test_rejections_of_one_instant_are_all_kept_each_key_once(store: InfluxStore) -> None:
    same = [rejection(f"gent/parking/P{i}") for i in range(2500)]
    again = [structs.replace(r, rejected_at=r.rejected_at + DAY) for r in same[:50]]
    with closing(store.open_writer()) as writer, closing(store.open_reader()) as reader:
        writer.write_rejected(same[:1500])
        writer.write_rejected(same[1000:] + again)
        assert reader.rejected(RejectedQuery(limit=10_000)) == same[::-1]
        assert reader.rejected(RejectedQuery(limit=3, start=START, end=START + 1)) == same[:-4:-1]
        assert reader.rejected(RejectedQuery(end=START)) == reader.rejected(RejectedQuery(start=START + 1)) == []


def test_a_large_rejection_comes_back_whole(store: InfluxStore) -> None:
    kept = structs.replace(rejection(), payload=bytes(range(256)) * 4000)
    with closing(store.open_writer()) as writer, closing(store.open_reader()) as reader:
        writer.write_rejected([kept, rejection()])
        assert reader.rejected(RejectedQuery()) == [rejection(), kept]


def test_the_pages_of_a_listing_are_read_ahead_and_a_new_one_anew(
    store: InfluxStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = [observation(START + i * MINUTE, of=stream(f"P{i % 3}")) for i in range(2000)]
    with closing(store.open_writer()) as writer, closing(store.open_reader()) as reader:
        writer.write([frame(*made)])
        first = reader.history(HistoryQuery(dataset=DATASET, start=START, limit=100))
        reader.history(HistoryQuery(dataset=DATASET, after=influx_history.place(first[-1]), limit=100))
        questions = asked(monkeypatch)
        found, after = list(first), influx_history.place(first[-1])
        while page := reader.history(HistoryQuery(dataset=DATASET, start=START, after=after, limit=100)):
            found += page
            after = influx_history.place(page[-1])
        assert found == made
        assert len(questions) <= 6
        late = observation(START + 1, of=stream("late"))
        writer.write([frame(late, source=1)])
        assert reader.history(HistoryQuery(dataset=DATASET, start=START, limit=2)) == [made[0], late]
        monkeypatch.setattr(influx_history, "AHEAD_SECONDS", -1.0)
        behind = Position(START, "P0", "vacantSpaces")
        assert reader.history(HistoryQuery(dataset=DATASET, start=START, after=behind, limit=1)) == [late]


def test_a_listing_begun_anew_takes_nothing_that_another_reader_read_ahead_before(store: InfluxStore) -> None:
    made = [observation(START + i * MINUTE, of=stream("P1")) for i in range(2000)]
    query = HistoryQuery(dataset=DATASET, start=START, limit=100)
    one, other = store.open_reader(), store.open_reader()
    with closing(store.open_writer()) as writer, closing(one), closing(other):
        writer.write([frame(*made)])
        for n in (100, 200, 300):
            assert other.history(behind := replace(query, after=influx_history.place(made[n - 1]))) == made[n : n + 100]
        late = observation(made[350].observed_at + 1, of=stream("P1"))
        writer.write([frame(late, source=1)])
        assert one.history(query) == made[:100]
        assert late in other.history(behind)


def test_one_question_finds_all_identities_of_a_frame(store: InfluxStore, monkeypatch: pytest.MonkeyPatch) -> None:
    seldom = [observation(START + i * HOUR, float(i), stream(f"P{i % 7}")) for i in range(200)]
    often = [observation(START + i, of=stream("often")) for i in range(200)]
    with closing(store.open_writer()) as writer, closing(store.open_reader()) as reader:
        writer.write([frame(*seldom, *often)])
        reader.stored_through()
        questions = asked(monkeypatch)
        wanted = [o.identity for o in [*seldom[::2], *often[::3]]]
        unheld = wanted[0]._replace(observed_at=2**62)
        assert reader.identities([*wanted, unheld]).keys() == set(wanted)
        assert len(questions) == 1


def test_stored_through_never_goes_back_and_what_is_old_of_it_is_deleted(store: InfluxStore) -> None:
    frames = [frame(observation(START + i, published_at=START + i), source=i) for i in range(5)]
    with closing(store.open_writer()) as writer, closing(store.open_reader()) as reader:
        writer.write(frames)
        # A writer that was held and wakes up late.
        with closing(store.open_writer()) as late:
            late.write(frames[:2])
        assert reader.stored_through() == {DATASET: START + 4}
        assert rows_of(store, "stored_through") == 2
        assert writer.retain({}, 0) == 0
        assert reader.stored_through() == {DATASET: START + 4}
        assert rows_of(store, "stored_through") == 1


def rows_of(store: InfluxStore, measurement: str) -> int:
    with store.client() as client:
        flux = f'from(bucket: "{store.settings.influx_bucket}") |> range(start: 0) |> filter(fn: (r) => '
        found = client.query_api().query(f'{flux} r._measurement == "{measurement}") |> group() |> count()')
    return sum(record.get_value() for one in found for record in one.records)


def test_retention_does_a_bounded_number_of_single_deletions_and_goes_on_next_time(
    store: InfluxStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("store.influx_retention.MOST_DELETIONS", 3)
    old = [observation(START + i, of=stream(f"P{i}"), published_at=START + 100 + i) for i in range(1, 9)]
    # Observed among the old ones, and published after them.
    staying = [observation(START + 3 * i, of=stream("P0"), published_at=START + DAY + i) for i in (1, 2)]
    with closing(store.open_writer()) as writer, closing(store.open_reader()) as reader:
        writer.write([*(frame(o, source=i) for i, o in enumerate(old)), frame(*staying, source=99)])
        assert writer.retain({DATASET: START + DAY}, 0) == 4
        assert sorted(everything(reader), key=influx_history.place) == sorted(
            old[2:6] + staying, key=influx_history.place
        )
        monkeypatch.setattr("store.influx_retention.MOST_DELETIONS", 100)
        assert writer.retain({DATASET: START + DAY}, 0) == 4
        assert everything(reader) == staying
        assert [entry.frame.observations for entry in reader.log(DATASET, 0, FAR)] == [staying]


def test_a_bucket_is_made_without_a_retention_of_its_own_and_marked(store: InfluxStore) -> None:
    store.open_reader().close()
    with store.client() as client:
        bucket = client.buckets_api().find_bucket_by_name(store.settings.influx_bucket)
        assert [rule.every_seconds for rule in bucket.retention_rules] in ([], [0])
    assert rows_of(store, "layout") == 1


def test_a_newer_layout_and_a_forgetful_bucket_are_refused(store: InfluxStore) -> None:
    put(store.opened(), "layout version=2i 0")
    for opening in (store.open_reader, store.open_writer):
        with pytest.raises(StoreError, match="layout version 2; this Stadspuls knows up to 1"):
            opening()
    with store.client() as client:
        bucket = client.buckets_api().find_bucket_by_name(store.settings.influx_bucket)
        bucket.retention_rules[0].every_seconds = 30 * 24 * 3600
        client.buckets_api().update_bucket(bucket)
    with pytest.raises(StoreError, match="retention of its own"):
        store.open_writer()


def test_a_wrong_token_is_said_without_being_shown(store: InfluxStore) -> None:
    wrong = load_settings(None, **{**store.settings.model_dump(), "influx_token": "wr0ng"})
    with pytest.raises(StoreError, match="answers 401: unauthorized access") as raised:
        open_reader(wrong)
    assert "wr0ng" not in str(raised.value)


def test_a_server_that_was_killed_is_used_again_when_it_is_back(start_server: StartServer, tmp_path: Path) -> None:
    server = start_server("influxdb")
    chosen = load_settings(
        None,
        store="influx",
        influx_url=f"http://{server.address}",
        influx_token=token_of(server),
        data_dir=tmp_path / "data",
    )
    with closing(open_writer(chosen)) as writer, closing(open_reader(chosen)) as reader:
        writer.write([frame(observation())])
        assert len(everything(reader)) == 1
        server.kill()
        more = [frame(observation(START + 1, published_at=now_us()), source=1)]
        actions: tuple[Callable[[], object], ...] = (lambda: writer.write(more), reader.stored_through)
        for action in actions:
            with pytest.raises(StoreError, match="does not answer"):
                action()
        server.start()
        writer.write(more)
        assert len(everything(reader)) == 2


def test_several_threads_ask_while_the_writer_writes(store: InfluxStore) -> None:
    streams = [stream(f"P{i}") for i in range(10)]
    wrong: list[object] = []
    done = threading.Event()

    def ask() -> None:
        with closing(store.open_reader()) as reader:
            while not done.is_set():
                through = reader.stored_through().get(DATASET, 0)
                found = everything(reader)
                if found and max(o.published_at for o in found) < through:
                    wrong.append((len(found), through))

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    with closing(store.open_writer()) as writer, closing(store.open_reader()) as reader:
        for i in range(60):
            writer.write(
                [frame(*(observation(START + i, of=s, published_at=START + 10 * i) for s in streams), source=i)]
            )
        done.set()
        for thread in threads:
            thread.join()
        assert wrong == []
        assert len(everything(reader)) == 600
