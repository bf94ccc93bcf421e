"""Why a Kafka that is there does not let us in: asked only when it has not answered."""

import logging
import socket
import ssl

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient

from stadspuls.log.clients import confluent_options, kafka_context
from stadspuls.settings import PREFIX, Settings
from stadspuls.tls import distrust

_SECONDS = 3.0
_silent = logging.getLogger("stadspuls.log.refusal")
_silent.addHandler(logging.NullHandler())
_silent.propagate = False


def refusal(settings: Settings) -> str | None:
    """One line that names the setting; None when nothing answers there, or no reason is found.

    Raises:
        SettingsError: when a file of TLS cannot be used.
    """
    reached = [address for address in settings.kafka_bootstrap.split(",") if _answers(address)]
    if not reached:
        return None
    if settings.kafka_security == "plaintext":
        return _wants_tls(settings, reached[0])
    why = _distrusted(settings, reached[0]) or _unknown_account(settings)
    return why and f"Kafka at {reached[0]} and we do not come together: {why}"


def answering(settings: Settings, seconds: float) -> bool:
    """Whether Kafka lets us in and names its brokers."""
    client = AdminClient(confluent_options(settings), logger=_silent)
    try:
        return bool(client.list_topics(timeout=seconds).brokers)
    except KafkaException:
        return False


def _answers(address: str) -> bool:
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host, int(port)), _SECONDS).close()
    except (OSError, ValueError):
        return False
    return True


def _distrusted(settings: Settings, address: str) -> str | None:
    host, _, port = address.rpartition(":")
    context = kafka_context(settings)
    try:
        with (
            socket.create_connection((host, int(port)), _SECONDS) as connection,
            context.wrap_socket(connection, server_hostname=host) as secured,
        ):
            secured.settimeout(_SECONDS / 3)
            # With TLS 1.3 a server says only afterwards that it wants a certificate; one that is content says nothing.
            secured.recv(1)
    except TimeoutError:
        return None
    except OSError as error:
        return distrust(error, settings, "kafka")
    return None


def _unknown_account(settings: Settings) -> str | None:
    """Whether it is the account that Kafka does not take."""
    if settings.kafka_security != "sasl_tls":
        return f"it wants an account: {PREFIX}KAFKA_SECURITY=sasl_tls, _USERNAME and _PASSWORD"
    codes: list[int] = []
    client = AdminClient(
        confluent_options(settings) | {"error_cb": lambda error: codes.append(error.code())}, logger=_silent
    )
    try:
        client.list_topics(timeout=_SECONDS)
    except KafkaException:
        client.poll(0)
    if KafkaError._AUTHENTICATION not in codes:
        return None
    name = f"{PREFIX}KAFKA_USERNAME ({settings.kafka_username}), _PASSWORD and _MECHANISM ({settings.kafka_mechanism})"
    return f"it does not take the account of {name}"


def _wants_tls(settings: Settings, address: str) -> str | None:
    """Whether TLS is spoken where we do without."""
    secured = settings.model_copy(update={"kafka_security": "tls"})
    context = kafka_context(secured)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    host, _, port = address.rpartition(":")
    try:
        with socket.create_connection((host, int(port)), _SECONDS) as connection:
            context.wrap_socket(connection, server_hostname=host).close()
    except OSError:
        return None
    return f"Kafka at {address} speaks TLS, and {PREFIX}KAFKA_SECURITY says plaintext: it must be tls or sasl_tls"
