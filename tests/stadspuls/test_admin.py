"""Making and checking topics, with a stand-in for Kafka's admin client."""

from typing import Any

import pytest
from kafka.errors import KafkaConnectionError, KafkaError, KafkaTimeoutError, TopicAuthorizationFailedError

from stadspuls.errors import LogError
from stadspuls.log import admin
from stadspuls.log.admin import ensure_topics, log_name, open_admin
from stadspuls.settings import Profile, Settings, load_settings

SETTINGS = load_settings(None, profile=Profile.REAL, topic_prefix="city", partitions=4)
ALREADY_THERE, POLICY = 36, 44


class Kafka:
    """Topics of a Kafka, and the calls of its admin client."""

    def __init__(self) -> None:
        self.topics: dict[str, dict[str, Any]] = {}
        self.refuse: dict[str, tuple[int, str]] = {}
        self.altered: list[dict[str, str]] = []
        self.closed = 0

    def __call__(self, **_options: object) -> "Kafka":
        return self

    def list_topics(self) -> list[str]:
        return list(self.topics)

    def create_topics(self, wanted: dict[str, Any], *, raise_errors: bool) -> dict[str, Any]:
        assert not raise_errors
        answers = []
        for name, topic in wanted.items():
            code, why = self.refuse.get(name, (0, ""))
            answers.append({"name": name, "error_code": code, "error_message": why})
            if code in {0, ALREADY_THERE}:
                self.topics[name] = topic
        return {"topics": answers}

    def wait_for_topics(self, names: list[str], timeout_ms: int) -> None:
        assert set(names) <= set(self.topics)
        assert timeout_ms > 0

    def describe_topics(self, names: list[str]) -> list[dict[str, Any]]:
        return [
            {
                "name": name,
                "partitions": [{"replica_nodes": list(range(self.topics[name]["replication_factor"]))}]
                * self.topics[name]["num_partitions"],
            }
            for name in names
        ]

    def describe_configs(self, asked: list[Any], config_filter: str) -> dict[str, Any]:
        assert config_filter == "all"
        return {
            "topic": {
                one.name: {name: {"value": value} for name, value in self.topics[one.name]["configs"].items()}
                for one in asked
            }
        }

    def alter_configs(self, asked: list[Any]) -> dict[str, Any]:
        for one in asked:
            self.altered.append(one.configs)
            self.topics[one.name]["configs"] |= one.configs
        return {"topic": {one.name: self.refuse.get(one.name, (0, "OK"))[1] for one in asked}}

    def describe_cluster(self) -> dict[str, str]:
        return {"cluster_id": "abc"}

    def close(self) -> None:
        self.closed += 1


@pytest.fixture
def kafka(monkeypatch: pytest.MonkeyPatch) -> Kafka:
    one = Kafka()
    monkeypatch.setattr(admin, "KafkaAdminClient", one)
    return one


def test_missing_topics_are_made_once_and_told(kafka: Kafka) -> None:
    assert ensure_topics(SETTINGS) == [
        f"city.{name}: made, 4 partitions" for name in ("messages", "observations", "rejected", "births")
    ]
    assert ensure_topics(SETTINGS) == []
    assert kafka.topics["city.observations"]["configs"]["retention.ms"] == "-1"
    assert kafka.closed == 2


def test_another_partition_count_stops_the_start_before_anything_is_made(kafka: Kafka) -> None:
    ensure_topics(SETTINGS)
    del kafka.topics["city.rejected"]
    other = SETTINGS.model_copy(update={"partitions": 8})
    with pytest.raises(LogError, match=r"city\.messages has 4 partitions, the settings say 8") as told:
        ensure_topics(other)
    assert len(str(told.value).splitlines()) == 3
    assert "city.rejected" not in kafka.topics
    assert kafka.closed == 2


def test_what_differs_is_told_and_corrected_only_when_asked(kafka: Kafka) -> None:
    ensure_topics(SETTINGS)
    kafka.topics["city.observations"]["configs"]["retention.ms"] = "1000"
    (line,) = ensure_topics(SETTINGS)
    assert line.startswith("city.observations: retention.ms is 1000 (1 s), wanted -1 (no limit)")
    assert kafka.altered == []
    assert ensure_topics(SETTINGS, apply=True) == []
    assert kafka.altered == [{"retention.ms": "-1"}]
    assert ensure_topics(SETTINGS) == []


def test_what_cannot_be_corrected_stays_told(kafka: Kafka) -> None:
    ensure_topics(SETTINGS)
    kafka.topics["city.rejected"]["replication_factor"] = 3
    (line,) = ensure_topics(SETTINGS, apply=True)
    assert line.startswith("city.rejected: replication is 3")
    assert kafka.altered == []


def test_a_topic_that_somebody_else_has_just_made_is_no_error(kafka: Kafka) -> None:
    kafka.refuse["city.messages"] = (ALREADY_THERE, "already exists")
    assert len(ensure_topics(SETTINGS)) == 4


def test_why_kafka_makes_or_changes_no_topic_is_told(kafka: Kafka) -> None:
    kafka.refuse["city.rejected"] = (POLICY, "too few brokers")
    with pytest.raises(LogError, match=r"does not make topic city\.rejected: too few brokers"):
        ensure_topics(SETTINGS)
    kafka.refuse.clear()
    ensure_topics(SETTINGS)
    kafka.topics["city.messages"]["configs"]["segment.ms"] = "7"
    kafka.refuse["city.messages"] = (POLICY, "not allowed")
    with pytest.raises(LogError, match=r"does not change topic city\.messages: not allowed"):
        ensure_topics(SETTINGS, apply=True)


def test_kafkas_own_refusal_is_told(kafka: Kafka, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> list[str]:
        raise TopicAuthorizationFailedError("city.messages")

    monkeypatch.setattr(kafka, "list_topics", refuse)
    with pytest.raises(LogError, match=r"Kafka at 127\.0\.0\.1:9092 refuses: .*city\.messages"):
        ensure_topics(SETTINGS)
    assert kafka.closed == 1


@pytest.mark.parametrize("failure", [KafkaTimeoutError("Unable to bootstrap"), KafkaConnectionError("reset")])
def test_a_kafka_that_does_not_answer_is_told_with_address_and_cure(
    monkeypatch: pytest.MonkeyPatch, failure: KafkaError
) -> None:
    def connect(**_options: object) -> None:
        raise failure

    monkeypatch.setattr(admin, "KafkaAdminClient", connect)
    with pytest.raises(LogError, match=r"at 127\.0\.0\.1:9092 does not answer: start it.*STADSPULS_KAFKA_BOOTSTRAP"):
        ensure_topics(SETTINGS)


def test_the_embedded_kafka_is_not_administered(kafka: Kafka) -> None:
    embedded: Settings = load_settings(None)
    assert ensure_topics(embedded, apply=True) == []
    assert kafka.closed == 0
    assert log_name(embedded.model_copy(update={"kafka_bootstrap": "a:1"})) == "a:1 stadspuls"


def test_a_log_is_named_after_its_cluster(kafka: Kafka) -> None:
    assert log_name(SETTINGS) == "abc city"
    with open_admin(SETTINGS) as one:
        assert one.missing() == ["city.messages", "city.observations", "city.rejected", "city.births"]
        assert one.found() == {}
        assert one.differing() == []
