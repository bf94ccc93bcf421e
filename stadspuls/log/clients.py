"""Options that every Kafka client of the project shares, and the group names."""

from typing import Any

from stadspuls.settings import Profile, Settings

SINK_GROUP = "sink"
STREAMS_GROUP = "streams"

SOURCE_PREFIX = "source="
"""What the sink writes beside its committed offset: `source=<offset in messages it has stored through>`."""


def group_name(settings: Settings, name: str) -> str:
    """The consumer group of a service, kept apart by the topic prefix."""
    return f"{settings.topic_prefix}-{name}"


def kafka_python_options(settings: Settings) -> dict[str, Any]:
    """Keyword arguments for kafka-python's producer and consumer.

    librdkafka's in-memory broker does not answer the version question of kafka-python, so it is told.
    """
    options: dict[str, Any] = {"bootstrap_servers": settings.kafka_bootstrap.split(",")}
    if settings.profile is Profile.EMBEDDED:
        options["api_version"] = (2, 3)
    return options


def stored_source(metadata: str | None) -> int:
    """The source offset in the sink's commit metadata; -1 when there is none."""
    if metadata and metadata.startswith(SOURCE_PREFIX):
        return int(metadata.removeprefix(SOURCE_PREFIX))
    return -1
