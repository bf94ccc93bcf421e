"""A process that writes to InfluxDB is killed: what was answered for is there, and repeating completes the rest."""

import os
import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from stadspuls.log import ObservationFrame
from stadspuls.settings import ROOT, Settings
from store import HistoryQuery
from tests.real.store.conftest import InfluxStore
from tests.store.made import DATASET, START, frame, observation, stream

STREAMS = [stream(f"P{i}") for i in range(20)]

_WRITE_UNTIL_KILLED = """
import sys
from stadspuls.settings import load_settings
from store.backends import open_writer
from tests.real.store.test_influx_killed import made
writer = open_writer(load_settings(None))
for i in range(1_000_000):
    writer.write([made(i)])
    print(i, flush=True)
"""


def made(i: int) -> ObservationFrame:
    at = START + 20 * i
    return frame(*(observation(START + i, of=s, published_at=at + n) for n, s in enumerate(STREAMS)), source=i)


def environment(chosen: Settings) -> dict[str, str]:
    return {
        **os.environ,
        "STADSPULS_STORE": "influx",
        "STADSPULS_INFLUX_URL": chosen.influx_url,
        "STADSPULS_INFLUX_BUCKET": chosen.influx_bucket,
        "STADSPULS_INFLUX_TOKEN": chosen.influx_token.get_secret_value(),
    }


@pytest.mark.parametrize("answers", [1, 17, 60])
def test_what_was_answered_for_is_there_and_nothing_more_is_claimed(store: InfluxStore, answers: int) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", _WRITE_UNTIL_KILLED],
        stdout=subprocess.PIPE,
        cwd=Path(ROOT),
        env=environment(store.settings),
    )
    assert process.stdout is not None
    answered = [int(process.stdout.readline()) for _ in range(answers)][-1]
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    with closing(store.open_reader()) as reader, closing(store.open_writer()) as writer:
        through = reader.stored_through()[DATASET]
        assert through >= made(answered).observations[-1].published_at
        found = reader.history(HistoryQuery(dataset=DATASET, limit=100_000))
        claimed = (through - START) // 20 + 1
        assert len([o for o in found if o.published_at <= through]) == 20 * claimed
        assert len(reader.log(DATASET, 0, through + 1, limit=100_000)) == claimed
        frames = [made(i) for i in range(claimed + 3)]
        writer.write(frames)
        found = reader.history(HistoryQuery(dataset=DATASET, limit=100_000))
        assert found == sorted(
            (o for f in frames for o in f.observations), key=lambda o: (o.observed_at, o.datastream.sensor)
        )
        assert [entry.frame for entry in reader.log(DATASET, 0, 2**62, limit=100_000)] == frames
