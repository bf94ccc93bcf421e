"""A backup of one kind of store restored into the other, and a store of InfluxDB filled from Kafka's log."""

import random
import threading
from contextlib import closing
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from stadspuls.clock import SECOND
from stadspuls.log import ObservationFrame
from stadspuls.log.admin import ensure_topics
from stadspuls.model import Quality, Reason, Value
from stadspuls.registry import Registry
from stadspuls.settings import Settings
from store import StoreWriter, retention
from store.backends import open_reader, open_writer
from store.backup import back_up, restore
from store.rebuild import rebuild
from tests.real.published import publish
from tests.store.answers import answers
from tests.store.made import START, frame, observation, rejection, stream

DATASETS = ("gent/parking", "aalst/air-quality", "brugge/parking")
EXPIRED = "leuven/parking"
NO_REGISTRY = Registry({}, {}, "0" * 12)


@pytest.fixture
def influx(real_settings: Settings) -> Settings:
    """The real profile with a bucket of this test's own."""
    return real_settings.model_copy(update={"data_dir": real_settings.data_dir / "influx"})


@pytest.fixture
def sqlite(real_settings: Settings) -> Settings:
    """The same with a SQLite store, beside no Kafka."""
    changes = {"store": "sqlite", "kafka_bootstrap": "", "data_dir": real_settings.data_dir / "sqlite"}
    return real_settings.model_copy(update=changes)


def value(seeded: random.Random) -> Value:
    return seeded.choice((float(seeded.randrange(100)), seeded.random(), seeded.random() < 0.5, "vol & \u20ac"))


def made(seeded: random.Random, frames: int) -> list[ObservationFrame]:
    """Frames of several datasets with late values, every kind of value, and parts."""
    published = count(START)
    observed = count(START)
    found = []
    for source in range(frames):
        rows = []
        for _ in range(seeded.choice((0, 1, 40, 300))):
            at = next(observed) - seeded.choice((0, 0, 10**12))
            one = stream(f"P{seeded.randrange(30)}", seeded.choice("xy"), dataset=seeded.choice(DATASETS))
            rest = {"quality": Quality.INCOMPLETE, "known": 3, "capacity": 9} if seeded.random() < 0.1 else {}
            rows.append(observation(at, value(seeded), one, published_at=next(published), **rest))
        found.append(frame(*rows, source=source))
    return found


def fill(writer: StoreWriter) -> None:
    seeded = random.Random(7)  # noqa: S311 - the same every time
    old = frame(observation(START - SECOND, of=stream(dataset=EXPIRED), published_at=START - SECOND), source=0)
    writer.write([old])
    writer.write(made(seeded, 120))
    writer.write_rejected(
        rejection(f"gent/parking/{i}", seeded.choice(list(Reason)), START + i, offset=i) for i in range(600)
    )
    writer.retain({EXPIRED: START, DATASETS[0]: START + 2000}, START + 30)


def everything(settings: Settings) -> dict[str, Any]:
    with closing(open_reader(settings)) as reader:
        return answers(reader)


def restored(target: Settings, file: Path) -> None:
    assert restore(target, file, threading.Event(), lambda _: None) is not None


@pytest.mark.parametrize("way", ["from SQLite to InfluxDB and back", "from InfluxDB to SQLite and back"])
def test_a_backup_gives_the_same_answers_in_the_other_kind_of_store(
    way: str, sqlite: Settings, influx: Settings, tmp_path: Path
) -> None:
    from_sqlite = way.startswith("from SQLite")
    first, second = (sqlite, influx) if from_sqlite else (influx, sqlite)
    back = {"data_dir": tmp_path / "back"} | ({} if from_sqlite else {"influx_bucket": f"{influx.influx_bucket}-back"})
    third = first.model_copy(update=back)
    with closing(open_writer(first)) as writer:
        fill(writer)
    before = everything(first)
    back_up(first, NO_REGISTRY, tmp_path / "1.zip", lambda _: None)
    restored(second, tmp_path / "1.zip")
    assert everything(second) == before
    back_up(second, NO_REGISTRY, tmp_path / "2.zip", lambda _: None)
    restored(third, tmp_path / "2.zip")
    assert everything(third) == before
    assert len(before["rejected"]) == 570
    assert before["stored_through"][EXPIRED] == START - SECOND
    assert sum(map(len, before["history"].values())) > 5000


def test_both_kinds_of_store_rebuilt_from_the_same_log_give_the_same_answers(
    influx: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "KEEP_REJECTED", 10**17)
    ensure_topics(influx)
    publish(influx, 0, 60)
    other = influx.model_copy(update={"store": "sqlite", "data_dir": tmp_path / "other"})
    for settings in (influx, other):
        assert rebuild(settings, NO_REGISTRY, threading.Event(), lambda _: None)
    assert everything(influx) == everything(other)
