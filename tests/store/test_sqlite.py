"""The SQLite backend: the shared suite, and what is SQLite's own."""

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from stadspuls.errors import StoreError
from stadspuls.settings import Settings, load_settings
from store import HistoryQuery, StoreReader, StoreWriter
from store import sqlite_history as history
from store.backends import open_reader, open_writer
from tests.store.made import DATASET, START, frame, observation, stream
from tests.store.suite import StoreSuite

FAR = 2**62


class SqliteStore:
    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def open_writer(self) -> StoreWriter:
        return open_writer(self.settings)

    def open_reader(self) -> StoreReader:
        return open_reader(self.settings)


@pytest.fixture
def store(tmp_path: Path) -> SqliteStore:
    return SqliteStore(load_settings(None, data_dir=tmp_path / "data"))


class TestSqlite(StoreSuite):
    """Every chosen series is read on its own and merged."""


class TestSqlitePickingByTime(StoreSuite):
    """Chosen series are picked out of the whole dataset, as with very many of them."""

    @pytest.fixture(autouse=True)
    def _never_merge(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(history, "MERGED_SERIES", 0)


def _version_in(path: Path, version: int) -> None:
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA user_version = {version}")
    connection.close()


def test_a_file_of_a_newer_stadspuls_is_refused_by_name(store: SqliteStore) -> None:
    store.open_writer().close()
    _version_in(store.settings.sqlite_path, 99)
    for opening in (store.open_reader, store.open_writer):
        with pytest.raises(StoreError, match=r"schema version 99; this Stadspuls knows up to 2: upgrade it first"):
            opening()


_LOG_OF_VERSION_1 = """
CREATE TABLE log_1 (
    dataset_id INTEGER NOT NULL REFERENCES dataset (id),
    published_at INTEGER NOT NULL,
    last_published_at INTEGER NOT NULL,
    frame BLOB NOT NULL,
    UNIQUE (dataset_id, published_at)
);
INSERT INTO log_1 SELECT dataset_id, published_at, last_published_at, frame FROM log;
DROP TABLE log;
ALTER TABLE log_1 RENAME TO log;
"""


def test_a_file_of_version_1_is_upgraded_where_it_lies(store: SqliteStore) -> None:
    frames = [frame(*(observation(START + 10 * i + j) for j in range(i + 1)), source=i) for i in range(3)]
    writer = store.open_writer()
    writer.write(frames)
    writer.close()
    connection = sqlite3.connect(store.settings.sqlite_path)
    connection.executescript(_LOG_OF_VERSION_1)
    connection.close()
    _version_in(store.settings.sqlite_path, 1)
    reader = store.open_reader()
    assert [span.observations for span in reader.log_index(DATASET, 0, FAR)] == [1, 2, 3]
    assert [entry.frame for entry in reader.log(DATASET, 0, FAR)] == frames
    reader.close()


def test_where_entries_lie_is_known_without_their_frames(store: SqliteStore) -> None:
    writer = store.open_writer()
    writer.write([frame(observation())])
    plan = writer._connection.execute(  # type: ignore[attr-defined]
        "EXPLAIN QUERY PLAN SELECT published_at, last_published_at, observations FROM log"
        " WHERE dataset_id = 1 AND published_at < 5 ORDER BY published_at DESC LIMIT 1"
    ).fetchall()
    assert ["COVERING INDEX" in row[3] for row in plan] == [True]
    writer.close()


def test_what_is_no_database_is_refused(store: SqliteStore) -> None:
    store.settings.data_dir.mkdir()
    store.settings.sqlite_path.write_bytes(b"no database at all, only text" * 50)
    with pytest.raises(StoreError, match="file is not a database"):
        store.open_reader()


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="Not a directory"):
        open_writer(load_settings(None, data_dir=tmp_path / "file" / "data"))


def test_a_reader_cannot_write(store: SqliteStore) -> None:
    reader = store.open_reader()
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        reader._connection.execute("INSERT INTO dataset (name, stored_through) VALUES ('x', 0)")  # type: ignore[attr-defined]
    reader.close()


def test_many_may_open_a_new_store_at_the_same_time(store: SqliteStore) -> None:
    failures: list[BaseException] = []
    together = threading.Barrier(8)

    def open_one() -> None:
        together.wait()
        try:
            reader = store.open_reader()
            assert reader.stored_through() == {}
            reader.close()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=open_one) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_the_first_publication_of_an_identity_stays(store: SqliteStore) -> None:
    writer, reader = store.open_writer(), store.open_reader()
    first, again = observation(value=1.0), observation(value=2.0, published_at=START + 9_000_000)
    writer.write([frame(first), frame(again, source=1)])
    assert reader.history(HistoryQuery(dataset=DATASET)) == [first]
    reader.close()
    writer.close()


def test_one_reader_answers_several_threads_while_the_writer_writes(store: SqliteStore) -> None:
    writer, reader = store.open_writer(), store.open_reader()
    streams = [stream(f"P{i}") for i in range(10)]
    wrong: list[object] = []
    done = threading.Event()

    def ask() -> None:
        seen = 0
        while not done.is_set():
            through = reader.stored_through().get(DATASET, 0)
            found = reader.history(HistoryQuery(dataset=DATASET, limit=10_000))
            # Whole frames only, and at least what stored_through had promised.
            if len(found) % 10 or len(found) < seen or (found and max(o.published_at for o in found) < through):
                wrong.append((len(found), seen, through))
            seen = len(found)

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for i in range(100):
        writer.write([frame(*(observation(START + i, of=s, published_at=START + 10 * i) for s in streams), source=i)])
    done.set()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert len(reader.history(HistoryQuery(dataset=DATASET, limit=10_000))) == 1000
    reader.close()
    writer.close()


_WRITE_UNTIL_KILLED = """
import sys
from stadspuls.settings import load_settings
from store.backends import open_writer
from tests.store.made import START, frame, observation, stream
writer = open_writer(load_settings(None, data_dir=sys.argv[1]))
streams = [stream(f"P{i}") for i in range(20)]
for i in range(1_000_000):
    writer.write([frame(*(observation(START + i, of=s, published_at=START + i) for s in streams), source=i)])
    print(i, flush=True)
"""


@pytest.mark.parametrize("answers", [1, 17, 60])
def test_what_the_store_answered_for_survives_kill_9_and_nothing_is_half_there(
    store: SqliteStore, answers: int
) -> None:
    reader = store.open_reader()
    process = subprocess.Popen(
        [sys.executable, "-c", _WRITE_UNTIL_KILLED, str(store.settings.data_dir)],
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    assert process.stdout is not None
    answered = [int(process.stdout.readline()) for _ in range(answers)][-1]
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    for asked in (reader, store.open_reader()):
        found = asked.history(HistoryQuery(dataset=DATASET, limit=100_000))
        frames = asked.log(DATASET, 0, FAR, limit=100_000)
        assert len(found) == 20 * len(frames)
        assert len(frames) > answered
        assert asked.stored_through() == {DATASET: frames[-1].published_at}
        asked.close()
