"""The sink as a process of its own: told to stop, and killed."""

import os
import random
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from stadspuls.log import ObservationFrame, encode_rejected
from stadspuls.model import Observation
from stadspuls.settings import Settings
from store import HistoryQuery, RejectedQuery, StoreReader
from tests.store.kafka_log import DEADLINE, PublishedLog
from tests.store.made import START, frame, observation, rejection, stream

FRAMES = 400
PARTITIONS = {0: "gent/parking", 2: "aalst/parking"}
KILLS = 6

# Its retention is switched off: the rejections of these tests are old.
_RUN = """
import sys
from stadspuls.registry import Registry
from stadspuls.service import stop_on_signal
from stadspuls.settings import load_settings
from store import retention
from store.sink import run_sink
retention.KEEP_REJECTED = 100 * 365 * retention.DAY
bootstrap, prefix, folder = sys.argv[1:]
settings = load_settings(None, kafka_bootstrap=bootstrap, topic_prefix=prefix, data_dir=folder)
run_sink(settings, stop_on_signal(), Registry({}, {}, "000000000000"))
"""


class SinkProcess:
    def __init__(self, settings: Settings) -> None:
        arguments = [settings.kafka_bootstrap, settings.topic_prefix, str(settings.data_dir)]
        self._process = subprocess.Popen(
            [sys.executable, "-c", _RUN, *arguments], cwd=Path(__file__).parents[2], stderr=subprocess.PIPE
        )

    def __enter__(self) -> "SinkProcess":
        return self

    def __exit__(self, *_error: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.communicate()

    def end(self, sent: signal.Signals) -> tuple[int, str]:
        os.kill(self._process.pid, sent)
        _, said = self._process.communicate(timeout=DEADLINE)
        return self._process.returncode, said.decode()


def made(dataset: str, source: int, seeded: random.Random) -> ObservationFrame:
    """Sometimes empty, mostly a few observations, sometimes very many."""
    first = START + 10_000 * source
    return frame(
        *(
            observation(first + i, float(source), stream(f"P{i}", dataset=dataset), published_at=first + i)
            for i in range(seeded.choice([0, 1, 3, 20, 300]))
        ),
        source=source,
    )


def publish_slowly(log: PublishedLog, frames: dict[int, list[ObservationFrame]], stop: threading.Event) -> None:
    for i in range(FRAMES):
        for partition, own in frames.items():
            log.publish([own[i]], partition)
        if i % 10 == 0:
            record = encode_rejected([rejection(offset=i, rejected_at=START + i)], i, "r")
            log.put(log.topics.rejected, record)
        stop.wait(0.01)
    log.flush()


@pytest.mark.parametrize("seed", [1, 2])
def test_kill_9_at_any_moment_loses_and_doubles_nothing(
    platform: Settings, published: PublishedLog, stored: StoreReader, seed: int
) -> None:
    seeded = random.Random(seed)  # noqa: S311 - the same moments every time
    frames = {p: [made(dataset, i, seeded) for i in range(FRAMES)] for p, dataset in PARTITIONS.items()}
    stop = threading.Event()
    publishing = threading.Thread(target=publish_slowly, args=(published, frames, stop))
    publishing.start()
    for killed in range(KILLS):
        with SinkProcess(platform) as process:
            published.until_stored(FRAMES // KILLS * killed + seeded.randrange(FRAMES // KILLS))
            code, said = process.end(signal.SIGKILL)
        assert code == -signal.SIGKILL, said
    stop.set()
    publishing.join()
    with SinkProcess(platform) as process:
        for partition in PARTITIONS:
            published.until_committed(FRAMES, f"source={FRAMES - 1}", partition)
        published.until_committed(FRAMES // 10, "", topic=published.topics.rejected)
        code, said = process.end(signal.SIGTERM)
    assert (code, "missing" in said) == (0, False), said
    for partition, dataset in PARTITIONS.items():
        _holds_exactly(stored, dataset, frames[partition])
    assert len(stored.rejected(RejectedQuery(limit=1000))) == FRAMES // 10


def _holds_exactly(stored: StoreReader, dataset: str, frames: list[ObservationFrame]) -> None:
    expected: list[Observation] = [o for one in frames for o in one.observations]
    expected.sort(key=lambda o: (o.observed_at, o.datastream.sensor))
    assert stored.history(HistoryQuery(dataset=dataset, limit=1_000_000)) == expected
    log = [entry.frame for entry in stored.log(dataset, 0, 2**62, 100_000)]
    assert log == [one for one in frames if one.observations]
    assert stored.stored_through()[dataset] == log[-1].observations[-1].published_at


def test_sigterm_stores_and_commits_what_was_read_and_ends_well(
    platform: Settings, published: PublishedLog, stored: StoreReader
) -> None:
    with SinkProcess(platform) as process:
        published.publish([frame(observation())])
        published.until_stored(0)
        code, said = process.end(signal.SIGTERM)
    assert (code, said) == (0, ""), said
    assert len(stored.history(HistoryQuery(dataset="gent/parking"))) == 1
