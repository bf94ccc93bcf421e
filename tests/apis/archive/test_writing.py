"""Files are written once, whole, the same by whoever writes them; whatever ends the writer."""

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pyarrow as pa
import pytest

from apis.archive import archivist, reading, service, writing
from apis.archive.archivist import Archivist
from apis.archive.service import run_archive
from apis.archive.shelf import Shelf
from stadspuls.clock import DAY, HOUR, MINUTE, now_us
from stadspuls.holding import held
from stadspuls.registry import Registry
from stadspuls.settings import ROOT, Settings
from store import LogEntry
from store.backends import open_reader
from tests.apis.archive.conftest import LONG_AFTER, MIDNIGHT, NOON, PARKING, Log, archive, contents, names
from tests.apis.conftest import until
from tests.apis.pages.cities import GENT, pages_registry

DAYS = 6
FILES = 2 * DAYS + 1
"""Each day, its correction, and the day of what closed them."""
TO_BE_KILLED = """
import sys
from pathlib import Path
from threading import Event
from apis.archive.service import run_archive
from stadspuls.registry import load_registry
from stadspuls.settings import load_settings
folder = Path(sys.argv[1])
settings = load_settings(None, data_dir=folder / "data", public_url="https://data.example")
run_archive(settings, load_registry(folder / "cities", folder / "themes"), Event())
"""


def some_days(log: Log) -> None:
    """Days that are closed one after the other, and late data of each."""
    for day in range(DAYS):
        log.observe(*(MIDNIGHT + day * DAY + minute * 5 * MINUTE for minute in range(288)))
    log.observe(LONG_AFTER + 5 * DAY)
    for day in range(DAYS):
        log.observe(MIDNIGHT + day * DAY + 1)
    log.observe(LONG_AFTER + 10 * DAY)


def elsewhere(settings: Settings, folder: Path) -> Settings:
    """Another host with a store of the same log, and an archive of its own."""
    folder.mkdir()
    for path in settings.data_dir.glob("stadspuls.sqlite*"):
        shutil.copy(path, folder / path.name)
    return settings.model_copy(update={"data_dir": folder})


def check_whole(settings: Settings) -> int:
    """Every file that is announced is there as announced; how many there are."""
    entries = Shelf(settings).every_entry(PARKING)
    for entry in entries:
        for kind, stored in entry.files.items():
            body = Shelf(settings).path(PARKING, entry, kind).read_bytes()
            assert (len(body), hashlib.sha256(body).hexdigest()) == (stored.bytes, stored.sha256)
    return len(entries)


def test_two_writers_make_the_same_bytes(
    settings: Settings, registry: Registry, log: Log, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    some_days(log)
    archive(settings, registry)
    log.close()
    other = elsewhere(settings, tmp_path / "other")
    # Another rhythm of reading, and another time of writing.
    monkeypatch.setattr(archivist, "ENTRIES_AT_ONCE", 1)
    monkeypatch.setattr(time, "time", lambda: 0.0)
    archive(other, registry)
    assert contents(other) == contents(settings)
    assert len(names(settings)) == FILES


def test_where_locks_do_not_work_who_was_first_counts(
    settings: Settings, registry: Registry, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    log.observe(NOON, LONG_AFTER)
    whole = reading.read_chunks

    def overtaken(*arguments: Any, **named: Any) -> Iterator[pa.Table]:
        yield from whole(*arguments, **named)
        with monkeypatch.context() as context:
            context.setattr(archivist, "read_chunks", whole)
            archive(settings, registry)
        # A writer whose bytes are others, as those of another version would be.
        yield from whole(*arguments, **named)

    monkeypatch.setattr(archivist, "read_chunks", overtaken)
    archive(settings, registry)
    assert check_whole(settings) == 1
    assert Shelf(settings).entries(PARKING)[0].rows == 1


def test_looking_often_makes_the_same_bytes_as_looking_once(
    settings: Settings, registry: Registry, log: Log, tmp_path: Path
) -> None:
    some_days(log)
    archive(settings, registry)
    other = elsewhere(settings, tmp_path / "other")
    (other.sqlite_path).unlink()
    again = Log(other, registry)
    with closing(open_reader(settings)) as reader:
        for entry in reader.log(PARKING, 0, 2**60):
            again.publish(*entry.frame.observations, registry=entry.frame.registry)
            archive(other, registry)
    again.close()
    assert contents(other) == contents(settings)


def test_nothing_is_read_or_written_twice(
    settings: Settings, registry: Registry, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    some_days(log)
    archive(settings, registry)
    read: list[int] = []
    with closing(open_reader(settings)) as reader:
        whole = reader.log

        def noted(dataset: str, start: int, end: int, limit: int) -> list[LogEntry]:
            read.append(start)
            return whole(dataset, start, end, limit)

        monkeypatch.setattr(reader, "log", noted)
        Archivist(settings, registry).work(reader, Event())
        assert read == []
        log.observe(LONG_AFTER + 11 * DAY)
        Archivist(settings, registry).work(reader, Event())
    assert len(read) == 1
    assert read[0] > LONG_AFTER + 10 * DAY


@pytest.mark.parametrize("damage", ["", "{", '{"through": "x"}'])
def test_lost_progress_costs_work_and_changes_nothing(
    settings: Settings, registry: Registry, log: Log, damage: str
) -> None:
    some_days(log)
    archive(settings, registry)
    before = contents(settings)
    (settings.data_dir / "archive" / PARKING / "progress.json").write_text(damage)
    archive(settings, registry)
    assert contents(settings) == before
    (settings.data_dir / "archive" / PARKING / "progress.json").unlink()
    archive(settings, registry)
    assert contents(settings) == before


def test_a_crash_at_any_point_of_writing_leaves_no_wrong_file(
    settings: Settings, registry: Registry, log: Log, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    some_days(log)
    whole = elsewhere(settings, tmp_path / "whole")
    archive(whole, registry)
    crashes = 0
    for point in ("_described", "_enter", "sync_folder", "footer"):
        for call in range(1, 4):
            with monkeypatch.context() as context:
                crash_at(context, point, call)
                with pytest.raises(OSError, match="crash"):
                    archive(settings, registry)
            check_whole(settings)
            crashes += 1
    archive(settings, registry)
    assert crashes == 12
    assert contents(settings) == contents(whole)


def crash_at(monkeypatch: pytest.MonkeyPatch, point: str, call: int) -> None:
    whole, calls = getattr(writing, point), iter(range(1, 100))

    def crash(*arguments: object) -> object:
        if next(calls) == call:
            raise OSError("crash")
        return whole(*arguments)

    monkeypatch.setattr(writing, point, crash)


def test_a_killed_process_leaves_no_wrong_file_and_the_next_one_finishes(
    settings: Settings, registry: Registry, log: Log, tmp_path: Path
) -> None:
    some_days(log)
    log.close()
    whole = elsewhere(settings, tmp_path / "whole")
    archive(whole, registry)
    folder = settings.data_dir / "archive" / PARKING
    for wanted in (1, 2, 5, 8):
        process = subprocess.Popen([sys.executable, "-c", TO_BE_KILLED, str(tmp_path)], cwd=ROOT)
        try:
            # Amid whatever it does then: what is temporary counts, too.
            assert until(lambda: folder.exists() and len(list(folder.iterdir())) > wanted, 60)  # noqa: B023
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()
        check_whole(settings)
    stop = Event()
    running = Thread(target=run_archive, args=(settings, registry, stop))
    running.start()
    try:
        assert until(lambda: len(names(settings)) == FILES, 60)
    finally:
        stop.set()
        running.join()
    assert {name: body for name, body in contents(settings).items() if name != service.LOCK} == contents(whole)


def test_the_process_writes_what_is_due_and_ends_when_told(
    settings: Settings, registry: Registry, log: Log, tmp_path: Path
) -> None:
    log.observe(NOON, LONG_AFTER)
    clean = {name: value for name, value in os.environ.items() if not name.startswith("STADSPULS_")}
    folders = {f"STADSPULS_{name.upper()}_DIR": str(tmp_path / name) for name in ("data", "cities", "themes")}
    command = [sys.executable, "-m", "cli.main", "run", "archive"]
    process = subprocess.Popen(command, cwd=ROOT, env=clean | folders)
    try:
        assert until(lambda: names(settings) == ["2026-01-05"], 60)
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    finally:
        process.kill()
        process.wait()
    assert (settings.data_dir / "archive" / PARKING / "progress.json").exists()


def test_one_process_works_and_another_waits_for_its_end(
    settings: Settings, registry: Registry, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "LOOK_SECONDS", 0.05)
    log.observe(NOON, LONG_AFTER)
    (settings.data_dir / "archive").mkdir()
    stop = Event()
    running = Thread(target=run_archive, args=(settings, registry, stop))
    with held(settings.data_dir / "archive" / service.LOCK):
        running.start()
        assert not until(lambda: bool(names(settings)), 0.5)
    try:
        assert until(lambda: names(settings) == ["2026-01-05"], 60)
    finally:
        stop.set()
        running.join()


def test_a_store_that_does_not_answer_is_asked_again(
    settings: Settings, registry: Registry, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "LOOK_SECONDS", 0.05)
    log.observe(NOON, LONG_AFTER)
    monkeypatch.setattr("apis.archive.archivist.write_day", failing := Failing(writing.write_day, 3))
    stop = Event()
    running = Thread(target=run_archive, args=(settings, registry, stop))
    running.start()
    try:
        assert until(lambda: names(settings) == ["2026-01-05"], 60)
    finally:
        stop.set()
        running.join()
    assert failing.left == 0


class Failing:
    """Fails some times, then does it."""

    def __init__(self, whole: object, times: int) -> None:
        self._whole = whole
        self.left = times

    def __call__(self, *arguments: object) -> object:
        if self.left:
            self.left -= 1
            raise OSError("the disk is full")
        return self._whole(*arguments)  # type: ignore[operator]


def test_a_stop_amid_a_day_writes_nothing_and_loses_nothing(
    settings: Settings, registry: Registry, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    log.observe(NOON, LONG_AFTER)
    stop = Event()
    with closing(open_reader(settings)) as reader:
        stopped = Archivist(settings, registry)
        whole = reader.log

        def stopping(*asked: Any) -> list[LogEntry]:
            stop.set()
            return whole(*asked)

        monkeypatch.setattr(reader, "log", stopping)
        stopped.work(reader, stop)
        stopped.keep()
    assert names(settings) == []
    archive(settings, registry)
    assert names(settings) == ["2026-01-05"]


def test_what_is_past_its_retention_goes_and_its_name_is_not_used_again(
    settings: Settings, registry: Registry, log: Log, tmp_path: Path
) -> None:
    short = pages_registry(tmp_path, gent=GENT.replace("origin: replayed", "origin: replayed\n    retention: P30D"))
    now = now_us()
    log.now = now - 31 * DAY
    log.observe(NOON, LONG_AFTER)
    archive(settings, registry)
    log.now = now - 2 * DAY
    log.observe(NOON + HOUR)
    log.now = now
    log.observe(LONG_AFTER + 1)
    assert names(settings) == ["2026-01-05"]
    archive(settings, short)
    assert names(settings) == ["2026-01-05.correction-1"]
    entry = json.loads((settings.data_dir / "archive" / PARKING / "2026-01-05.json").read_bytes())
    assert entry["rows"] == 1
    assert not (settings.data_dir / "archive" / PARKING / "2026-01-05.parquet").exists()
