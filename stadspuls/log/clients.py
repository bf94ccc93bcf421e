"""Options that every Kafka client of the project shares, for each library that makes one, and the group names.

Where Kafka is, and how it is spoken to (TLS, account), stands here alone: no client is made without these.
"""

import ssl
from typing import Any

from stadspuls.settings import Profile, Settings
from stadspuls.tls import client_context

SINK_GROUP = "sink"
STREAMS_GROUP = "streams"

SOURCE_PREFIX = "source="
"""What the sink writes beside its committed offset: `source=<offset in messages it has stored through>`."""


def group_name(settings: Settings, name: str) -> str:
    """The consumer group of a service, kept apart by the topic prefix."""
    return f"{settings.topic_prefix}-{name}"


def kafka_python_options(settings: Settings) -> dict[str, Any]:
    """Keyword arguments for kafka-python's producer, consumer and administrator.

    librdkafka's in-memory broker does not answer the version question of kafka-python, so it is told.

    Raises:
        SettingsError: when a file of TLS cannot be used.
    """
    options = aiokafka_options(settings)
    if settings.profile is Profile.EMBEDDED:
        options["api_version"] = (2, 3)
    return options


def aiokafka_options(settings: Settings) -> dict[str, Any]:
    """Keyword arguments for aiokafka's producer, consumer and administrator.

    Raises:
        SettingsError: when a file of TLS cannot be used.
    """
    options: dict[str, Any] = {"bootstrap_servers": settings.kafka_bootstrap.split(",")}
    if settings.kafka_security != "plaintext":
        options |= {"security_protocol": "SSL", "ssl_context": kafka_context(settings)}
    if settings.kafka_security == "sasl_tls":
        options |= {
            "security_protocol": "SASL_SSL",
            "sasl_mechanism": settings.kafka_mechanism,
            "sasl_plain_username": settings.kafka_username,
            "sasl_plain_password": settings.kafka_password.get_secret_value(),
        }
    return options


def confluent_options(settings: Settings) -> dict[str, Any]:
    """The configuration of confluent-kafka's producer and administrator."""
    options: dict[str, Any] = {"bootstrap.servers": settings.kafka_bootstrap}
    if settings.kafka_security != "plaintext":
        options |= {"security.protocol": "SSL", "ssl.ca.location": _trusted(settings)}
        if settings.kafka_cert:
            options |= {"ssl.certificate.location": settings.kafka_cert, "ssl.key.location": settings.kafka_key}
    if settings.kafka_security == "sasl_tls":
        options |= {
            "security.protocol": "SASL_SSL",
            "sasl.mechanism": settings.kafka_mechanism,
            "sasl.username": settings.kafka_username,
            "sasl.password": settings.kafka_password.get_secret_value(),
        }
    return options


def faust_options(settings: Settings) -> dict[str, Any]:
    """Keyword arguments for a Faust app.

    Raises:
        SettingsError: when a file of TLS cannot be used.
    """
    from faust.auth import SASLCredentials, SSLCredentials  # noqa: PLC0415 - it loads all of Faust

    options: dict[str, Any] = {"broker": [f"kafka://{address}" for address in settings.kafka_bootstrap.split(",")]}
    if settings.kafka_security == "tls":
        options["broker_credentials"] = SSLCredentials(kafka_context(settings))
    elif settings.kafka_security == "sasl_tls":
        options["broker_credentials"] = SASLCredentials(
            username=settings.kafka_username,
            password=settings.kafka_password.get_secret_value(),
            ssl_context=kafka_context(settings),
            mechanism=settings.kafka_mechanism,
        )
    return options


def kafka_context(settings: Settings) -> ssl.SSLContext:
    """What clients of Kafka trust.

    Raises:
        SettingsError: when a file of TLS cannot be used.
    """
    return client_context(settings, "kafka")


def stored_source(metadata: str | None) -> int:
    """The source offset in the sink's commit metadata; -1 when there is none."""
    if metadata and metadata.startswith(SOURCE_PREFIX):
        return int(metadata.removeprefix(SOURCE_PREFIX))
    return -1


def _trusted(settings: Settings) -> str:
    """The file of CAs; librdkafka's own OpenSSL looks for the system's where Debian has none, so it is told."""
    return settings.kafka_ca or ssl.get_default_verify_paths().cafile or "probe"
