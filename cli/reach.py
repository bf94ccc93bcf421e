"""Whether the servers of the real profile answer, and what to do when one does not."""

import http.client
import json

from cli.services import port_answers
from deploy.servers.kafka import unanswered
from stadspuls.influx_call import influx_connection, influx_path
from stadspuls.log.refusal import refusal
from stadspuls.own_servers import INFLUX_TOKEN
from stadspuls.settings import Settings
from stadspuls.tls import distrust

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
    if unanswered(settings, _KAFKA_SECONDS) is None:
        return None
    return refusal(settings) or (
        f"Kafka does not answer on {settings.kafka_bootstrap}: {START}, or name another with STADSPULS_KAFKA_BOOTSTRAP"
    )


def _influx(settings: Settings) -> str | None:
    try:
        status = _status(settings)
    except (OSError, http.client.HTTPException, ValueError) as error:
        if why := distrust(error, settings, "influx"):
            return f"InfluxDB on {settings.influx_url} and we do not come together: {why}"
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
    connection = influx_connection(settings, _INFLUX_SECONDS)
    try:
        connection.request("GET", influx_path(settings, "/health"))
        health = json.loads(connection.getresponse().read())
        if not isinstance(health, dict) or health.get("status") != "pass":
            raise ValueError("its health is not good")
        headers = {"Authorization": f"Token {settings.influx_token.get_secret_value()}"}
        connection.request("GET", influx_path(settings, "/api/v2/buckets?limit=1"), headers=headers)
        return connection.getresponse().status
    finally:
        connection.close()
