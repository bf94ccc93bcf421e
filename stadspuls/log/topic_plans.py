"""What each topic in Apache Kafka must be, and in what a topic that is there differs from that."""

from collections.abc import Mapping
from typing import NamedTuple

from stadspuls.clock import DAY, HOUR, SECOND
from stadspuls.log.topics import Topics
from stadspuls.settings import Settings

FOR_EVER = -1
KEEP_MESSAGES = 7 * DAY
"""Undecoded messages hold device ids and free bytes; a week is enough to work them through anew."""
KEEP_REJECTED = 30 * DAY
"""As long as the store keeps rejections."""
SEGMENT = DAY
"""Kafka forgets whole segments only: with its own week a message could stay for two."""

RECORD_BYTES = 1_048_588
"""Kafka's own default, said because a broker may have a lower one; frames have at most 900 KiB."""

ANY_TIME = 2**63 - 1
"""A bridge whose clock runs ahead must be judged by `streams`, not be refused by Kafka for ever."""


class TopicPlan(NamedTuple):
    """What a topic must be."""

    name: str
    partitions: int
    replication: int
    configs: Mapping[str, str]
    """Those that must have a certain value."""


class TopicFound(NamedTuple):
    """What a topic is."""

    partitions: int
    replication: int
    configs: Mapping[str, str]
    """All of them, also Kafka's defaults."""


class Difference(NamedTuple):
    """One thing in which a topic is not what it must be."""

    topic: str
    what: str
    found: str
    wanted: str
    correctable: bool = True

    def __str__(self) -> str:
        told = f"{self.topic}: {self.what} is {_told(self.what, self.found)}, wanted {_told(self.what, self.wanted)}"
        cure = "`stadspuls topics --apply` corrects it" if self.correctable else "Kafka's own reassignment changes it"
        return f"{told}; {cure}"


def topic_plans(settings: Settings) -> list[TopicPlan]:
    """What every topic of this deployment must be."""
    topics = Topics(settings.topic_prefix)
    always = {
        "cleanup.policy": "delete",
        "retention.bytes": str(FOR_EVER),
        "max.message.bytes": str(RECORD_BYTES),
        "message.timestamp.after.max.ms": str(ANY_TIME),
        # One broker may be away and writing goes on, where there are several copies.
        "min.insync.replicas": str(max(1, settings.replication - 1)),
    }
    kept = {
        topics.messages: {"retention.ms": _ms(KEEP_MESSAGES), "segment.ms": _ms(SEGMENT)},
        # The published log: a store is filled from it again.
        topics.observations: {"retention.ms": str(FOR_EVER)},
        topics.rejected: {"retention.ms": _ms(KEEP_REJECTED), "segment.ms": _ms(SEGMENT)},
        # The newest of each sender, for as long as it may go on by it.
        topics.births: {"cleanup.policy": "compact", "retention.ms": str(FOR_EVER), "segment.ms": _ms(SEGMENT)},
    }
    return [TopicPlan(name, settings.partitions, settings.replication, always | kept[name]) for name in topics.all()]


def differences(plan: TopicPlan, found: TopicFound) -> list[Difference]:
    """In what a topic is not as planned, its partition count apart."""
    told = [
        Difference(plan.name, name, found.configs.get(name, "unknown"), wanted)
        for name, wanted in plan.configs.items()
        if found.configs.get(name) != wanted
    ]
    if found.replication != plan.replication:
        told.append(Difference(plan.name, "replication", str(found.replication), str(plan.replication), False))
    return told


def wrong_count(plan: TopicPlan, found: TopicFound) -> str | None:
    """What is wrong with another partition count than the plan's; None when it is right."""
    if found.partitions == plan.partitions:
        return None
    return (
        f"Topic {plan.name} has {found.partitions} partitions, the settings say {plan.partitions}: datasets would "
        f"move between them. Set STADSPULS_PARTITIONS={found.partitions}, or choose another STADSPULS_TOPIC_PREFIX"
    )


def _ms(duration: int) -> str:
    return str(duration // 1000)


def _told(what: str, value: str) -> str:
    """A duration also in words."""
    if not what.endswith(".ms") or not value.lstrip("-").isdigit():
        return value
    if int(value) in {FOR_EVER, ANY_TIME}:
        return f"{value} (no limit)"
    us = int(value) * 1000
    for length, word in ((DAY, "d"), (HOUR, "h"), (SECOND, "s")):
        if us >= length:
            return f"{value} ({us / length:g} {word})"
    return value
