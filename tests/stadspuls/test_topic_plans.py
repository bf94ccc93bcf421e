"""What the topics must be, and how a difference is told."""

import pytest

from stadspuls.log import Topics
from stadspuls.log.topic_plans import TopicFound, TopicPlan, differences, topic_plans, wrong_count
from stadspuls.settings import Profile, load_settings

DAY_MS = 86_400_000
TOPICS = Topics("city")


def plans(replication: int = 1) -> dict[str, TopicPlan]:
    settings = load_settings(None, profile=Profile.REAL, topic_prefix="city", replication=replication)
    return {plan.name: plan for plan in topic_plans(settings)}


def found(plan: TopicPlan, **changes: str) -> TopicFound:
    """A topic as planned, but for some changes (`_` for `.`)."""
    configs = {**plan.configs, **{name.replace("_", "."): value for name, value in changes.items()}}
    return TopicFound(plan.partitions, plan.replication, configs | {"segment.bytes": "1"})


def test_every_topic_is_planned_with_the_partitions_of_the_settings() -> None:
    assert list(plans()) == list(TOPICS.all())
    assert {plan.partitions for plan in plans().values()} == {8}


def test_the_published_log_is_kept_for_ever_and_what_holds_device_ids_is_not() -> None:
    kept = {name: int(plan.configs["retention.ms"]) for name, plan in plans().items()}
    limited = {TOPICS.messages: 7 * DAY_MS, TOPICS.rejected: 30 * DAY_MS}
    assert kept == {**limited, TOPICS.observations: -1, TOPICS.births: -1}
    # Of a sender's births the newest is all that matters.
    policies = {name for name, plan in plans().items() if plan.configs["cleanup.policy"] == "compact"}
    assert policies == {TOPICS.births}
    assert {plan.configs["retention.bytes"] for plan in plans().values()} == {"-1"}
    # Only whole segments go.
    assert int(plans()[TOPICS.messages].configs["segment.ms"]) == DAY_MS


@pytest.mark.parametrize(("replication", "in_sync"), [(1, "1"), (2, "1"), (3, "2"), (5, "4")])
def test_writing_goes_on_with_one_broker_away(replication: int, in_sync: str) -> None:
    for plan in plans(replication).values():
        assert (plan.replication, plan.configs["min.insync.replicas"]) == (replication, in_sync)


def test_a_topic_as_planned_does_not_differ() -> None:
    for plan in plans().values():
        assert differences(plan, found(plan)) == []
        assert wrong_count(plan, found(plan)) is None


def test_what_differs_is_told_in_a_line_each_with_durations_in_words() -> None:
    plan = plans()[TOPICS.observations]
    told = differences(plan, found(plan, retention_ms="1000", cleanup_policy="compact"))
    assert list(map(str, told)) == [
        "city.observations: cleanup.policy is compact, wanted delete; `stadspuls topics --apply` corrects it",
        "city.observations: retention.ms is 1000 (1 s), wanted -1 (no limit); `stadspuls topics --apply` corrects it",
    ]
    assert all(difference.correctable for difference in told)


def test_the_number_of_copies_is_told_and_not_corrected() -> None:
    plan = plans()[TOPICS.rejected]
    (told,) = differences(plan, found(plan)._replace(replication=3))
    assert str(told) == "city.rejected: replication is 3, wanted 1; Kafka's own reassignment changes it"
    assert not told.correctable


def test_another_partition_count_is_told_with_topic_counts_and_cure() -> None:
    plan = plans()[TOPICS.messages]
    told = wrong_count(plan, found(plan)._replace(partitions=12))
    assert told is not None
    assert told.startswith("Topic city.messages has 12 partitions, the settings say 8: datasets would move")
    assert "STADSPULS_PARTITIONS=12" in told
