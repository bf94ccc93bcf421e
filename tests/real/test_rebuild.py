"""A store filled again from Apache Kafka's log: the same answers; kills in the middle; the sink goes on behind it."""

import os
import signal
import subprocess
import sys
import threading
import uuid
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from deploy.servers.running import Running
from stadspuls.errors import LogError
from stadspuls.log.admin import ensure_topics
from stadspuls.log.lag import open_progress
from stadspuls.registry import Registry
from stadspuls.settings import ROOT, Profile, Settings, load_settings
from store.backends import open_reader
from store.backup import back_up, restore
from store.filling import NAME
from store.rebuild import RebuildProgress, rebuild
from tests.real.published import partitions, publish
from tests.real.serving import StartServer
from tests.store.answers import answers
from tests.store.kafka_log import EMPTY_REGISTRY, RunningSink, counted, until

FRAMES = 120

_RUN = """
import sys, threading
from stadspuls.registry import Registry
from stadspuls.settings import load_settings
from store import rebuild
rebuild.POLL_RECORDS = 5
rebuild.rebuild(
    load_settings(None), Registry({}, {}, "0" * 12), threading.Event(), lambda far: print(far.done, far.all, flush=True)
)
"""


def settings_on(kafka: Running, data_dir: Path) -> Settings:
    return load_settings(
        None,
        profile=Profile.REAL,
        store="sqlite",
        kafka_bootstrap=str(kafka.address),
        topic_prefix=f"t{uuid.uuid4().hex[:12]}",
        data_dir=data_dir,
    )


def everything(settings: Settings) -> dict[str, Any]:
    with closing(open_reader(settings)) as reader:
        return answers(reader)


def waits_for_sink(settings: Settings) -> int:
    with open_progress(settings) as progress:
        return sum(one.sink for one in progress.lags())


def store_everything(settings: Settings) -> None:
    """Run a sink until it has committed all there is."""
    with RunningSink(settings):
        until(lambda: waits_for_sink(settings) == 0, "the sink")


def run(settings: Settings) -> RebuildProgress:
    told: list[RebuildProgress] = []
    assert rebuild(settings, EMPTY_REGISTRY, threading.Event(), told.append)
    return told[-1]


@pytest.fixture
def filled(kafka: Running, tmp_path: Path) -> Settings:
    """A platform whose sink has stored everything."""
    settings = settings_on(kafka, tmp_path / "data")
    ensure_topics(settings)
    publish(settings, 0, FRAMES)
    store_everything(settings)
    return settings


@pytest.fixture
def fresh(filled: Settings, tmp_path: Path) -> Settings:
    return filled.model_copy(update={"data_dir": tmp_path / "fresh"})


def test_the_rebuilt_store_gives_the_same_answers(filled: Settings, fresh: Settings) -> None:
    gaps = counted("log_gap_frames_total")
    last = run(fresh)
    assert everything(fresh) == (before := everything(filled))
    assert last.done == last.all
    assert last.observations == sum(map(len, before["history"].values())) > 1000
    assert len(before["rejected"]) == last.rejections == FRAMES * len(partitions(filled))
    assert counted("log_gap_frames_total") == gaps


def test_the_sink_goes_on_behind_a_rebuild_and_nothing_is_missing(kafka: Running, tmp_path: Path) -> None:
    settings = settings_on(kafka, tmp_path / "data")
    ensure_topics(settings)
    began = publish(settings, 0, FRAMES)
    run(settings)
    assert waits_for_sink(settings) == 0
    publish(settings, FRAMES, FRAMES + 40, began)
    gaps = counted("log_gap_frames_total")
    store_everything(settings)
    assert counted("log_gap_frames_total") == gaps
    again = settings.model_copy(update={"data_dir": tmp_path / "again"})
    run(again)
    assert everything(again) == everything(settings)


def rebuild_process(settings: Settings) -> "subprocess.Popen[str]":
    """A rebuild with small batches that prints how far it is after each."""
    environment = os.environ | {
        "PYTHONPATH": str(ROOT),
        "STADSPULS_PROFILE": "real",
        "STADSPULS_STORE": "sqlite",
        "STADSPULS_KAFKA_BOOTSTRAP": settings.kafka_bootstrap,
        "STADSPULS_TOPIC_PREFIX": settings.topic_prefix,
        "STADSPULS_DATA_DIR": str(settings.data_dir),
    }
    return subprocess.Popen([sys.executable, "-c", _RUN], env=environment, stdout=subprocess.PIPE, text=True)


def test_kill_9_in_the_middle_and_a_second_start_give_the_same_store(filled: Settings, fresh: Settings) -> None:
    reached = []
    for lines in (1, 5, 12, 20):
        with rebuild_process(fresh) as process:
            assert process.stdout is not None
            for _ in range(lines):
                said = process.stdout.readline()
            process.send_signal(signal.SIGKILL)
            done, whole = map(int, said.split())
            reached.append(done)
    assert reached == sorted(set(reached))
    assert reached[-1] < whole
    assert (fresh.data_dir / NAME).exists()
    run(fresh)
    assert everything(fresh) == everything(filled)


def test_a_kafka_that_is_killed_in_the_middle_is_waited_for(start_server: StartServer, tmp_path: Path) -> None:
    kafka = start_server("kafka")
    settings = settings_on(kafka, tmp_path / "data")
    ensure_topics(settings)
    publish(settings, 0, FRAMES)
    store_everything(settings)
    fresh = settings.model_copy(update={"data_dir": tmp_path / "fresh"})
    with rebuild_process(fresh) as process:
        assert process.stdout is not None
        done, whole = map(int, process.stdout.readline().split())
        kafka.kill()
        kafka.start()
        process.communicate(timeout=100)
    assert done < whole
    assert process.returncode == 0
    assert everything(fresh) == everything(settings)


def test_another_kafka_at_the_same_address_is_another_log(fresh: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("store.rebuild.POLL_RECORDS", 5)
    stop = threading.Event()
    assert not rebuild(fresh, EMPTY_REGISTRY, stop, lambda _: stop.set())
    other = fresh.model_copy(update={"topic_prefix": f"t{uuid.uuid4().hex[:12]}"})
    ensure_topics(other)
    with pytest.raises(Exception, match="half filled by `stadspuls rebuild` from"):
        run(other)


def test_topics_that_are_not_there_are_told(kafka: Running, tmp_path: Path) -> None:
    with pytest.raises(LogError, match=r"observations has 0 partitions, the settings say 8"):
        run(settings_on(kafka, tmp_path))


def test_after_a_restore_the_sink_goes_on_where_it_was_when_the_backup_was_taken(
    kafka: Running, tmp_path: Path
) -> None:
    settings = settings_on(kafka, tmp_path / "data")
    ensure_topics(settings)
    began = publish(settings, 0, FRAMES)
    store_everything(settings)
    _, said = back_up(settings, Registry({}, {}, "0" * 12), tmp_path / "backup.zip", lambda _: None)
    assert said == []
    publish(settings, FRAMES, FRAMES + 40, began)
    store_everything(settings)
    lost = settings.model_copy(update={"data_dir": tmp_path / "lost"})
    restored = restore(lost, tmp_path / "backup.zip", threading.Event(), lambda _: None)
    assert restored is not None
    assert restored[1] == []
    assert waits_for_sink(lost) == 40 * len(partitions(lost))
    store_everything(lost)
    assert everything(lost) == everything(settings)


def test_a_backup_of_another_log_does_not_move_the_sink(
    kafka: Running, tmp_path: Path, filled: Settings, fresh: Settings
) -> None:
    back_up(filled, Registry({}, {}, "0" * 12), tmp_path / "backup.zip", lambda _: None)
    other = fresh.model_copy(update={"topic_prefix": f"t{uuid.uuid4().hex[:12]}"})
    ensure_topics(other)
    restored = restore(other, tmp_path / "backup.zip", threading.Event(), lambda _: None)
    assert restored is not None
    (said,) = restored[1]
    assert "Kafka holds another log" in said
    assert everything(other) == everything(filled)
