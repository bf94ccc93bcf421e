"""Which settings of TLS and accounts can go together; those that cannot are refused before anything starts."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stadspuls.settings import Settings

_PAIRS = (
    ("http_tls_cert", "http_tls_key"),
    ("mqtt_tls_cert", "mqtt_tls_key"),
    ("public_mqtt_tls_cert", "public_mqtt_tls_key"),
    ("kafka_cert", "kafka_key"),
)


def require_possible_tls(settings: "Settings") -> None:
    """Refuse what cannot work, and what would only look safe.

    Raises:
        ValueError: naming the settings.
    """
    for certificate, key in _PAIRS:
        if bool(getattr(settings, certificate)) != bool(getattr(settings, key)):
            raise ValueError(f"{certificate}, {key}: a certificate and its key go together")
    if settings.kafka_security != "plaintext" and settings.profile == "embedded":
        raise ValueError("kafka_security: the embedded Kafka lives in memory of this machine, without TLS")
    if settings.kafka_cert and settings.kafka_security == "plaintext":
        raise ValueError("kafka_cert: without TLS nobody is shown it; kafka_security says tls or sasl_tls")
    if settings.kafka_username and settings.kafka_security != "sasl_tls":
        raise ValueError("kafka_username: an account is shown to Kafka by TLS alone; kafka_security says sasl_tls")
    if settings.kafka_security == "sasl_tls" and not settings.kafka_username:
        raise ValueError("kafka_username: kafka_security wants an account")
    if settings.public_mqtt_tls_cert and not settings.own_public_mqtt:
        raise ValueError("public_mqtt_tls_cert: the public broker is not ours, or there is none: it shows its own")
