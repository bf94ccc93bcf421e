"""A store filled from the published log again; the in-memory Kafka stands for a real one, with its own address."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from stadspuls.clock import DAY
from stadspuls.errors import FrameVersionError, LogError, StoreError
from stadspuls.log import ObservationFrame, encode_rejected
from stadspuls.settings import Settings, load_settings
from store import StoreReader, retention
from store import rebuild as rebuilding
from store.backends import open_reader, open_writer
from store.filling import NAME
from store.rebuild import RebuildProgress, rebuild
from store.sole import sole_writer
from tests.store.answers import answers
from tests.store.kafka_log import EMPTY_REGISTRY, PublishedLog, RunningSink, counted
from tests.store.made import START, frame, observation, rejection, stream

PARTITIONS = {0: ("gent/parking", "gent/air-quality"), 2: ("aalst/parking",)}
FRAMES = 60
NEWER = b"\x97\x63\x00\x00\x01\xa0\x90\x90"


@pytest.fixture(autouse=True)
def rejections_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    # Those of these tests are old.
    monkeypatch.setattr(retention, "KEEP_REJECTED", 100 * 365 * DAY)


def made(datasets: tuple[str, ...], source: int) -> ObservationFrame:
    """Observations of several datasets, some late; every fifth frame is empty."""
    first = START + 10_000 * source
    count = 0 if source % 5 == 4 else 1 + source % 7
    return frame(
        *(
            observation(
                first + i - 25_000 * (i % 2),
                float(source),
                stream(f"P{i}", dataset=datasets[i % len(datasets)]),
                published_at=first + i,
            )
            for i in range(count)
        ),
        source=source,
    )


def publish(log: PublishedLog, first: int = 0, end: int = FRAMES) -> None:
    for source in range(first, end):
        for partition, datasets in PARTITIONS.items():
            log.publish([made(datasets, source)], partition)
        if source % 10 == 0:
            kept = [rejection(f"gent/parking/{source}-{i}", rejected_at=START + source, offset=source) for i in (1, 2)]
            log.put(log.topics.rejected, encode_rejected(kept, source, "r"), partition=2)
    log.flush()


@pytest.fixture
def filled(platform: Settings, published: PublishedLog) -> Settings:
    """The settings of a platform whose sink has stored everything."""
    publish(published)
    with RunningSink(platform):
        for partition in PARTITIONS:
            published.until_committed(FRAMES, f"source={FRAMES - 1}", partition)
        published.until_committed(FRAMES // 10, "", 2, published.topics.rejected)
    return platform


@pytest.fixture
def fresh(filled: Settings, tmp_path: Path) -> Settings:
    """The same platform with an empty store."""
    return filled.model_copy(update={"data_dir": tmp_path / "fresh"})


@pytest.fixture
def same_as_before(filled: Settings, fresh: Settings) -> Iterator[tuple[StoreReader, StoreReader]]:
    before, after = open_reader(filled), open_reader(fresh)
    yield before, after
    before.close()
    after.close()


def run(settings: Settings, stop: threading.Event | None = None) -> tuple[bool, list[RebuildProgress]]:
    told: list[RebuildProgress] = []
    return rebuild(settings, EMPTY_REGISTRY, stop or threading.Event(), told.append), told


def test_the_rebuilt_store_gives_the_same_answers(
    fresh: Settings, same_as_before: tuple[StoreReader, StoreReader]
) -> None:
    gaps = counted("log_gap_frames_total")
    whole, told = run(fresh)
    before, after = (answers(reader) for reader in same_as_before)
    assert whole
    assert before == after
    assert len(before["history"]) == 3
    assert len(before["rejected"]) == 12
    assert told[-1].done == told[-1].all == 2 * FRAMES + FRAMES // 10
    assert told[-1].observations == sum(len(rows) for rows in before["history"].values())
    assert counted("log_gap_frames_total") == gaps
    assert not (fresh.data_dir / NAME).exists()


def test_the_sink_goes_on_behind_a_rebuild(platform: Settings, published: PublishedLog, stored: StoreReader) -> None:
    publish(published)
    assert run(platform)[0]
    assert published.committed(0) == (FRAMES, f"source={FRAMES - 1}")
    assert published.committed(1) is None
    assert published.committed(2, published.topics.rejected) == (FRAMES // 10, "")
    gaps = counted("log_gap_frames_total")
    with RunningSink(platform):
        publish(published, FRAMES, FRAMES + 3)
        published.until_committed(FRAMES + 3, f"source={FRAMES + 2}")
        published.until_committed(FRAMES + 3, f"source={FRAMES + 2}", 2)
    assert counted("log_gap_frames_total") == gaps
    assert len(stored.log("aalst/parking", 0, 2**62)) == 4 * FRAMES // 5 + 3


def test_a_store_that_holds_anything_is_refused(filled: Settings) -> None:
    with pytest.raises(StoreError, match=r"stadspuls\.sqlite\) is not empty: `stadspuls rebuild` fills an empty one"):
        run(filled)


def test_a_store_with_nothing_but_a_rejection_is_refused(fresh: Settings) -> None:
    writer = open_writer(fresh)
    writer.write_rejected([rejection()])
    writer.close()
    with pytest.raises(StoreError, match="is not empty"):
        run(fresh)


def test_a_rebuild_that_is_told_to_stop_goes_on_later(
    fresh: Settings, same_as_before: tuple[StoreReader, StoreReader], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rebuilding, "POLL_RECORDS", 7)
    stop = threading.Event()
    whole, tries = False, 0
    while not whole:
        stop.clear()
        # Each try stores one batch more.
        whole = rebuild(fresh, EMPTY_REGISTRY, stop, lambda _: stop.set())
        tries += 1
        assert tries < 100
    assert tries > 10
    before, after = (answers(reader) for reader in same_as_before)
    assert before == after


def test_no_sink_starts_on_a_half_filled_store(fresh: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rebuilding, "POLL_RECORDS", 7)
    stop = threading.Event()
    assert not rebuild(fresh, EMPTY_REGISTRY, stop, lambda _: stop.set())
    with (
        pytest.raises(StoreError, match="only half filled: start `stadspuls rebuild` again"),
        RunningSink(fresh) as sink,
    ):
        sink.join()
    assert run(fresh)[0]
    with RunningSink(fresh):
        pass


def test_the_half_filled_store_of_another_log_is_not_gone_on_with(
    fresh: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rebuilding, "POLL_RECORDS", 7)
    stop = threading.Event()
    assert not rebuild(fresh, EMPTY_REGISTRY, stop, lambda _: stop.set())
    monkeypatch.setattr(rebuilding, "log_name", lambda _: "another Kafka")
    with pytest.raises(StoreError, match=r"half filled by `stadspuls rebuild` from 127\.0\.0\.1"):
        run(fresh)


def test_an_emptied_store_begins_anew_whatever_an_older_try_noted(
    fresh: Settings, same_as_before: tuple[StoreReader, StoreReader], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rebuilding, "POLL_RECORDS", 7)
    stop = threading.Event()
    elsewhere = fresh.model_copy(update={"data_dir": fresh.data_dir.parent / "elsewhere"})
    assert not rebuild(elsewhere, EMPTY_REGISTRY, stop, lambda _: stop.set())
    (elsewhere.data_dir / NAME).replace(fresh.data_dir / NAME)
    assert run(fresh)[0]
    before, after = (answers(reader) for reader in same_as_before)
    assert before == after


def test_nothing_is_rebuilt_while_another_process_writes_to_the_store(fresh: Settings) -> None:
    with sole_writer(fresh), pytest.raises(StoreError, match=rf"Process {os.getpid()} writes to the store"):
        run(fresh)


def test_a_sink_at_work_elsewhere_is_noticed(
    fresh: Settings, filled: Settings, published: PublishedLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    def meanwhile(_progress: RebuildProgress) -> None:
        if not seen:
            seen.append(1)
            publish(published, FRAMES, FRAMES + 1)
            with RunningSink(filled):
                published.until_committed(FRAMES + 1, f"source={FRAMES}")

    seen: list[int] = []
    with pytest.raises(LogError, match="A sink is at work elsewhere"):
        rebuild(fresh, EMPTY_REGISTRY, threading.Event(), meanwhile)
    assert run(fresh)[0]


def test_a_record_of_a_newer_version_ends_the_rebuild_in_front_of_it(
    platform: Settings, published: PublishedLog, stored: StoreReader
) -> None:
    publish(published, 0, 4)
    published.put(published.topics.observations, NEWER)
    published.flush()
    with pytest.raises(FrameVersionError, match="format version 99"):
        run(platform)
    assert len(stored.log("gent/parking", 0, 2**62)) == 4
    assert (platform.data_dir / NAME).exists()


def test_an_embedded_kafka_has_nothing_to_rebuild_from(tmp_path: Path) -> None:
    with pytest.raises(LogError, match=r"lives in memory.*`stadspuls restore`"):
        run(load_settings(None, data_dir=tmp_path))


def test_other_partition_counts_are_refused(platform: Settings) -> None:
    other = platform.model_copy(update={"partitions": 8})
    with pytest.raises(LogError, match=r"observations has 4 partitions, the settings say 8"):
        run(other)


def test_a_store_that_does_not_answer_for_a_moment_is_asked_again(
    fresh: Settings, same_as_before: tuple[StoreReader, StoreReader], monkeypatch: pytest.MonkeyPatch
) -> None:
    real, failures = open_writer(fresh), [1, 1]

    class Faulty:
        def write(self, frames: list[ObservationFrame]) -> None:
            if failures:
                failures.pop()
                raise StoreError("busy")
            real.write(frames)

        def __getattr__(self, name: str) -> object:
            return getattr(real, name)

    monkeypatch.setattr(rebuilding, "open_writer", lambda _: Faulty())
    monkeypatch.setattr(rebuilding, "RETRY", 0.01)
    with structlog.testing.capture_logs() as lines:
        assert run(fresh)[0]
    assert [line["why"] for line in lines if line["log_level"] == "warning"] == ["busy", "busy"]
    before, after = (answers(reader) for reader in same_as_before)
    assert before == after


@pytest.mark.parametrize("stored", [False, True])
def test_a_batch_is_noted_only_when_it_is_stored(
    fresh: Settings, same_as_before: tuple[StoreReader, StoreReader], monkeypatch: pytest.MonkeyPatch, stored: bool
) -> None:
    real, writes = open_writer(fresh), []

    class Dying:
        """Ends the process at its third batch, before or after that is in the store."""

        def write(self, frames: list[ObservationFrame]) -> None:
            writes.append(frames)
            if stored or len(writes) != 3:
                real.write(frames)
            if len(writes) == 3:
                raise SystemExit

        def __getattr__(self, name: str) -> object:
            return getattr(real, name)

    monkeypatch.setattr(rebuilding, "POLL_RECORDS", 7)
    with monkeypatch.context() as patched:
        patched.setattr(rebuilding, "open_writer", lambda _: Dying())
        with pytest.raises(SystemExit):
            run(fresh)
    assert run(fresh)[0]
    before, after = (answers(reader) for reader in same_as_before)
    assert before == after


_RUN = """
import sys, threading
from stadspuls.registry import Registry
from stadspuls.settings import load_settings
from store import rebuild, retention
retention.KEEP_REJECTED = 100 * 365 * retention.DAY
rebuild.POLL_RECORDS = 3
bootstrap, prefix, folder = sys.argv[1:]
settings = load_settings(None, kafka_bootstrap=bootstrap, topic_prefix=prefix, data_dir=folder)
rebuild.rebuild(
    settings, Registry({}, {}, "0" * 12), threading.Event(), lambda far: print(far.done, far.all, flush=True)
)
"""


def rebuild_process(settings: Settings) -> subprocess.Popen[str]:
    arguments = [settings.kafka_bootstrap, settings.topic_prefix, str(settings.data_dir)]
    return subprocess.Popen(
        [sys.executable, "-c", _RUN, *arguments], cwd=Path(__file__).parents[2], stdout=subprocess.PIPE, text=True
    )


def test_kill_9_in_the_middle_and_a_second_start_give_the_same_store(
    fresh: Settings, same_as_before: tuple[StoreReader, StoreReader]
) -> None:
    reached: list[int] = []
    for lines in (1, 4, 9):
        with rebuild_process(fresh) as process:
            assert process.stdout is not None
            for _ in range(lines):
                said = process.stdout.readline()
            process.send_signal(signal.SIGKILL)
            done, whole = map(int, said.split())
            reached.append(done)
    assert 0 < reached[0] < reached[1] < reached[2] < whole
    with rebuild_process(fresh) as process:
        out, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert int(out.split()[0]) > reached[2] - 20
    before, after = (answers(reader) for reader in same_as_before)
    assert before == after
