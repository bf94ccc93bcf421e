"""Whether the servers of the real profile answer, and what to do when one does not."""

import http.client
import json
from urllib.parse import urlsplit

from cli.services import port_answers
from deploy.servers.kafka import unanswered
from stadspuls.settings import INFLUX_TOKEN, Settings

START = "start the servers with `.venv/bin/stadspuls servers start`"
_KAFKA_SECONDS = 5.0
_INFLUX_SECONDS = 5.0


def unreachable(settings: Settings) -> list[str]:
    """One line for each server that does not answer or lets nobody in, with its cure."""
    found = (_mqtt(settings), _kafka(settings), _influx(settings) if settings.store == "influx" else None)
    return [line for line in found if line]


def _mqtt(settings: Settings) -> str | None:
    if port_answers(settings.mqtt_host, settings.mqtt_port)() is None:
        return None
    where = f"{settings.mqtt_host}:{settings.mqtt_port}"
    return f"No MQTT broker answers on {where}: {START}, or name another with STADSPULS_MQTT_HOST and _PORT"


def _kafka(settings: Settings) -> str | None:
    if unanswered(settings.kafka_bootstrap, _KAFKA_SECONDS) is None:
        return None
    return (
        f"Kafka does not answer on {settings.kafka_bootstrap}: {START}, or name another with STADSPULS_KAFKA_BOOTSTRAP"
    )


def _influx(settings: Settings) -> str | None:
    try:
        status = _status(settings)
    except (OSError, http.client.HTTPException, ValueError) as error:
        return (
            f"InfluxDB does not answer on {settings.influx_url} ({error}): {START}, "
            "or name another with STADSPULS_INFLUX_URL"
        )
    if not settings.influx_token.get_secret_value():
        own = settings.data_dir / INFLUX_TOKEN
        return (
            f"InfluxDB on {settings.influx_url} wants a token: set STADSPULS_INFLUX_TOKEN_FILE to a file with it; "
            f"one that `stadspuls servers start` has set up leaves it in {own}"
        )
    if status in (http.client.UNAUTHORIZED, http.client.FORBIDDEN):
        cure = "set STADSPULS_INFLUX_TOKEN_FILE to a file with another"
        return f"InfluxDB on {settings.influx_url} refuses the token: {cure}"
    return None


def _status(settings: Settings) -> int:
    """What InfluxDB answers to the token.

    Raises:
        ValueError: when something else than InfluxDB answers.
    """
    url = urlsplit(settings.influx_url)
    kind = http.client.HTTPSConnection if url.scheme == "https" else http.client.HTTPConnection
    connection = kind(url.hostname or "", url.port, timeout=_INFLUX_SECONDS)
    try:
        connection.request("GET", f"{url.path.rstrip('/')}/health")
        health = json.loads(connection.getresponse().read())
        if not isinstance(health, dict) or health.get("status") != "pass":
            raise ValueError("its health is not good")
        headers = {"Authorization": f"Token {settings.influx_token.get_secret_value()}"}
        connection.request("GET", f"{url.path.rstrip('/')}/api/v2/buckets?limit=1", headers=headers)
        return connection.getresponse().status
    finally:
        connection.close()
