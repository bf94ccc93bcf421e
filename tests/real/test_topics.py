"""Apache Kafka's topics: made, checked, corrected, and where frames wait."""

import json
import subprocess
import sys
import uuid
from pathlib import Path

import pytest
from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient

from cli.commands.topics import read_state
from deploy.servers.running import Running
from stadspuls.errors import LogError
from stadspuls.log import Topics
from stadspuls.log.admin import ensure_topics, open_admin
from stadspuls.log.lag import open_progress
from stadspuls.settings import ROOT, Profile, Settings, load_settings
from tests.real.published import partitions, publish
from tests.store.kafka_log import until


@pytest.fixture
def settings(kafka: Running, tmp_path: Path) -> Settings:
    """The real profile with topics of this test's own and a SQLite store."""
    return load_settings(
        None,
        profile=Profile.REAL,
        store="sqlite",
        kafka_bootstrap=str(kafka.address),
        topic_prefix=f"t{uuid.uuid4().hex[:12]}",
        data_dir=tmp_path / "data",
    )


def test_topics_are_made_as_planned_and_found_so(settings: Settings) -> None:
    names = Topics(settings.topic_prefix).all()
    assert ensure_topics(settings) == [f"{name}: made, 8 partitions" for name in names]
    assert ensure_topics(settings) == []
    with open_admin(settings) as admin:
        found = admin.found()
        assert (admin.missing(), admin.wrong_counts(), admin.differing()) == ([], [], [])
    assert {name: (topic.partitions, topic.replication) for name, topic in found.items()} == dict.fromkeys(
        names, (8, 1)
    )
    assert [found[name].configs["retention.ms"] for name in names] == ["604800000", "-1", "2592000000", "-1"]


def test_another_partition_count_is_refused(settings: Settings) -> None:
    ensure_topics(settings)
    with pytest.raises(LogError, match=rf"{settings.topic_prefix}\.messages has 8 partitions, the settings say 12"):
        ensure_topics(settings.model_copy(update={"partitions": 12}))


def test_more_copies_than_brokers_are_refused_in_kafkas_words(settings: Settings) -> None:
    with pytest.raises(LogError, match=r"does not make topic .*replication factor of 3 cannot be reached"):
        ensure_topics(settings.model_copy(update={"replication": 3}))


def test_what_was_changed_is_told_and_corrected_only_when_asked(settings: Settings) -> None:
    ensure_topics(settings)
    topic = Topics(settings.topic_prefix).observations
    admin = KafkaAdminClient(bootstrap_servers=settings.kafka_bootstrap)
    changes = {"retention.ms": "3600000", "cleanup.policy": "compact"}
    admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, changes)])
    admin.close()
    # A broker learns a little later what its controller has changed.
    until(lambda: len(ensure_topics(settings)) == 2, "the changes")
    told = ensure_topics(settings)
    assert [line.split(";")[0] for line in told] == [
        f"{topic}: cleanup.policy is compact, wanted delete",
        f"{topic}: retention.ms is 3600000 (1 h), wanted -1 (no limit)",
    ]
    assert read_state(settings, apply=False).said == told
    assert read_state(settings, apply=True).said == []
    until(lambda: ensure_topics(settings) == [], "the corrections")


def test_what_is_missing_is_shown_and_not_made(settings: Settings) -> None:
    for _ in range(2):
        state = read_state(settings, apply=False)
        assert [topic.partitions for topic in state.topics] == [0, 0, 0, 0]
        assert len(state.said) == 4
        assert state.lag == []


def test_lag_is_counted_in_frames_whatever_offsets_transactions_take(settings: Settings) -> None:
    ensure_topics(settings)
    publish(settings, 0, 20)
    with open_progress(settings) as progress:
        lag = {one.partition: (one.streams, one.sink) for one in progress.lags()}
        held = progress.records(Topics(settings.topic_prefix).observations)
    assert lag == {p: (0, 20) if p in partitions(settings) else (0, 0) for p in range(8)}
    assert held > 20 * len(partitions(settings))


def test_the_command_shows_topics_and_lag(settings: Settings, tmp_path: Path) -> None:
    environment = {
        "PYTHONPATH": str(ROOT),
        "STADSPULS_PROFILE": "real",
        "STADSPULS_KAFKA_BOOTSTRAP": settings.kafka_bootstrap,
        "STADSPULS_TOPIC_PREFIX": settings.topic_prefix,
    }
    command = [sys.executable, "-m", "cli.main", "topics"]
    ensure_topics(settings)
    text = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    lines = [line.split() for line in text.splitlines() if line]
    assert lines[2] == [f"{settings.topic_prefix}.observations", "8", "1", "no", "limit", "0"]
    assert lines[-1] == ["all", "0", "0"]
    answer = subprocess.run([*command, "--json"], env=environment, cwd=tmp_path, capture_output=True, check=True)
    assert [topic["retention_ms"] for topic in json.loads(answer.stdout)["topics"]] == [
        604_800_000,
        None,
        2_592_000_000,
        None,
    ]
