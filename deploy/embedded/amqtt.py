"""amqtt as embedded broker, for machines without Mosquitto: anonymous, on the loopback, everything in memory."""

import asyncio
import contextlib
import logging
import threading

from amqtt.contexts import BrokerConfig, ListenerConfig

from deploy.embedded.queueing import QueueingBroker
from stadspuls.settings import Settings

STOP_SECONDS = 5.0
TAKEN_SECONDS = 0.1
"""How soon a stop is seen."""
SESSION_SECONDS = 7 * 24 * 3600
GRACE_SECONDS = 10
"""Beyond a client's keep-alive, before its silence counts."""


def run_amqtt(settings: Settings, stop: threading.Event) -> None:
    """Serve MQTT 3.1.1 on the settings' host and port until told to stop.

    Raises:
        amqtt.errors.BrokerError: when the port cannot be had.
    """
    # It warns of every client that vanishes; the bridge logs what matters of that.
    logging.getLogger("amqtt").setLevel(logging.ERROR)
    logging.getLogger("amqtt.broker").addFilter(_not_a_probe)
    logging.getLogger("transitions").setLevel(logging.ERROR)
    asyncio.run(_serve(settings, stop))


def _not_a_probe(record: logging.LogRecord) -> bool:
    """Readiness checks connect and say nothing: no error."""
    return not record.getMessage().startswith("No data from")


async def _serve(settings: Settings, stop: threading.Event) -> None:
    broker = QueueingBroker(_configuration(settings), window=settings.in_flight)
    await broker.start()
    while not stop.is_set():  # noqa: ASYNC110 - the event belongs to a thread
        await asyncio.sleep(TAKEN_SECONDS)
    # A connection that never said who it is may outlast its welcome; the process ends it.
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(STOP_SECONDS):
            await broker.shutdown()


def _configuration(settings: Settings) -> BrokerConfig:
    return BrokerConfig(
        listeners={"default": ListenerConfig(bind=f"{settings.mqtt_host}:{settings.mqtt_port}")},
        timeout_disconnect_delay=GRACE_SECONDS,
        session_expiry_interval=SESSION_SECONDS,
        plugins={"deploy.embedded.queueing.OpenDoor": {}},
    )
