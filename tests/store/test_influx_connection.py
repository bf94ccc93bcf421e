"""How InfluxDB's answers, and its silence, reach those who ask."""

import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from stadspuls.errors import StoreError
from store import HistoryQuery, influx_connection
from store.backends import open_reader, open_writer
from store.influx_connection import Away, TooMuch
from store.influx_reader import InfluxReader
from tests.store.influx_stand_in import (
    BUCKET,
    EMPTY,
    MARKED,
    TOKEN,
    WRITTEN,
    Answer,
    StandIn,
    points,
    problem,
    stand_in,
    table,
)
from tests.store.made import DATASET, frame, observation, stream


@pytest.fixture
def server() -> Iterator[StandIn]:
    with stand_in() as server:
        yield server


@pytest.mark.parametrize(
    ("answer", "retry_after"),
    [
        (problem(429, "slow down", ("Retry-After", "7")), 7.0),
        (problem(503, "starting", ("Retry-After", "0.5")), 0.5),
        (problem(503, "starting", ("Retry-After", "Wed, 21 Oct 2026 07:28:00 GMT")), None),
        (problem(500, "oh"), None),
        (problem(401, "unauthorized access"), None),
        (problem(404, 'bucket "b" not found'), None),
        (Answer(502, b"<html>"), None),
    ],
)
def test_a_refusal_is_a_store_error_that_says_how_long_to_wait_and_not_the_token(
    server: StandIn, tmp_path: Path, answer: Answer, retry_after: float | None
) -> None:
    server.writes = [answer]
    writer = open_writer(server.settings(tmp_path))
    with pytest.raises(StoreError, match=rf"127\.0\.0\.1:\d+ answers {answer.status}: ") as raised:
        writer.write([frame(observation())])
    assert raised.value.retry_after == retry_after
    assert TOKEN not in str(raised.value)
    server.writes = [WRITTEN]
    writer.write([frame(observation())])
    writer.close()


def test_what_is_written_comes_in_the_order_that_makes_it_safe_to_repeat(server: StandIn, tmp_path: Path) -> None:
    writer = open_writer(server.settings(tmp_path))
    other = observation(of=stream(dataset="aalst/parking"))
    writer.write([frame(observation(), other), frame(observation(value=True), source=1)])
    kinds = [[point.measurement for point in points(lines)] for lines in server.written]
    assert kinds == [["observation"] * 3, ["log"] * 3, ["stored_through"] * 2]
    writer.close()


def test_a_failure_in_between_leaves_what_follows_unsaid(server: StandIn, tmp_path: Path) -> None:
    writer = open_writer(server.settings(tmp_path))
    store = writer.prepare([frame(observation())])
    server.writes = [WRITTEN, problem(503, "no"), WRITTEN]
    with pytest.raises(StoreError):
        store()
    assert len(server.written) == 2
    store()
    assert server.written[2:4] == server.written[:2]
    assert len(server.written) == 5
    writer.close()


def test_more_than_a_request_holds_is_split(server: StandIn, tmp_path: Path) -> None:
    writer = open_writer(server.settings(tmp_path))
    writer.write([frame(*(observation(i) for i in range(12_001)))])
    sizes = [len(points(lines)) for lines in server.written]
    assert sizes == [5000, 5000, 2001, 1, 1]
    writer.close()


def test_a_server_that_is_away_may_come_later(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, stand_in() as server:
        port = taken.getsockname()[1]
        taken.close()
        away = server.settings(tmp_path).model_copy(update={"influx_url": f"http://user:pass@127.0.0.1:{port}"})
        with structlog.testing.capture_logs() as lines:
            reader = open_reader(away)
        assert [line["log_level"] for line in lines] == ["warning"]
        with pytest.raises(Away, match=rf"InfluxDB at 127\.0\.0\.1:{port} does not answer: \w+$"):
            reader.stored_through()
        assert "pass" not in str(lines)
        reader.close()


def test_a_reader_that_came_before_its_server_is_made_ready_when_it_is_there(server: StandIn, tmp_path: Path) -> None:
    server.bucket = problem(503, "starting")
    with structlog.testing.capture_logs():
        reader = open_reader(server.settings(tmp_path))
    with pytest.raises(Away):
        reader.stored_through()
    server.bucket = BUCKET
    assert reader.stored_through() == {}
    reader.close()


def test_a_silent_server_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(influx_connection, "ANSWER_MS", 100)
    with socket.create_server(("127.0.0.1", 0)) as silent, stand_in() as server:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with structlog.testing.capture_logs() as lines:
            open_reader(server.settings(tmp_path).model_copy(update={"influx_url": url})).close()
    assert re.search("does not answer: ReadTimeoutError$", lines[0]["why"])


def test_a_layout_of_a_newer_stadspuls_is_refused_by_name(server: StandIn, tmp_path: Path) -> None:
    server.asks = [table("_time,_value", "1970-01-01T00:00:00Z,99")]
    for opening in (open_reader, open_writer):
        with pytest.raises(StoreError, match=r"layout version 99; this Stadspuls knows up to 1: upgrade it first"):
            opening(server.settings(tmp_path))
    assert server.written == []


def test_a_bucket_that_forgets_by_itself_is_refused(server: StandIn, tmp_path: Path) -> None:
    body = server.bucket.body.replace(b"[]", b'[{"type": "expire", "everySeconds": 3600}]')
    server.bucket = server.bucket._replace(body=body)
    with pytest.raises(StoreError, match="has a retention of its own"):
        open_writer(server.settings(tmp_path))


@pytest.mark.parametrize(
    "answer",
    [
        Answer(200, b"error,reference\r\nFailed in the middle,\r\n"),
        table("_time,_value", "2026-01-05T08:00:00Z,1")._replace(body=b",result,table,_value\r\n,_result,0,1\r\n"),
        table("_time,_value,sensor,property,site", "2026-01-05T08:00:00Z,gibberish,P1,p,s"),
        table("_time,_value,sensor,property,site", "yesterday,1|1|n1.0|||||u||,P1,p,s"),
        table("_time,_value,sensor,property,site", "2026-01-05T08:00:00Z,1|1|n1.0|splendid||||u||,P1,p,s"),
        table("_time,_value,sensor,property,site", "2026-01-05T08:00:00Z,1|1||||||u||,P1,p,s"),
    ],
)
def test_what_cannot_be_read_back_is_a_store_error(server: StandIn, tmp_path: Path, answer: Answer) -> None:
    server.asks = [MARKED, answer]
    reader = open_reader(server.settings(tmp_path))
    with pytest.raises(StoreError):
        reader.history(HistoryQuery(dataset=DATASET, start=0))
    reader.close()


def test_an_answer_without_end_is_given_up(server: StandIn, tmp_path: Path) -> None:
    server.asks = [MARKED, Answer(200, b",result,table,a,b\r\n" + b",,0,1,2\r\n" * 100_000), EMPTY]
    reader = open_reader(server.settings(tmp_path))
    assert isinstance(reader, InfluxReader)
    with reader._opening.use("test") as connection, pytest.raises(TooMuch):
        connection.ask("x", ("a", "b"))
    assert reader.stored_through() == {}
    reader.close()


def test_hostile_names_stay_inside_of_their_literals(server: StandIn, tmp_path: Path) -> None:
    hostile = '") |> drop() //${1}\n'
    reader = open_reader(server.settings(tmp_path))
    query = HistoryQuery(dataset=hostile, start=0, end=9, sensors=frozenset({hostile, "b"}), sites=frozenset({hostile}))
    assert reader.history(query) == []
    assert reader.log(hostile, 5, 9) == []
    assert reader.latest(hostile) == []
    for flux in server.asked[1:]:
        assert "drop" not in re.sub(r'"[^"]*"', "", flux)
        assert not re.search(r"[$\n]", flux.replace("[0-9]+$/", ""))
    reader.close()
