"""The door as a process."""

import logging

import uvicorn

from ingest.door.app import create_door
from ingest.door.receiving import Receiver
from stadspuls.http_connections import bounded
from stadspuls.http_server import HttpServer, shown_certificate
from stadspuls.logs import get_logger
from stadspuls.registry import Registry
from stadspuls.service import stop_on_signal
from stadspuls.settings import Settings

GRACE_SECONDS = 5
"""Messages under way at a stop may take this long to be safe."""
KEEP_ALIVE_SECONDS = 75
"""Longer than the minute that proxies usually keep a connection."""


def run_door(settings: Settings, registry: Registry) -> None:
    """Take messages until SIGTERM or SIGINT; those under way then are finished first.

    Raises:
        SpoolError: when the spool on disk cannot be used.
        Exception: what ended the outbox; the supervisor starts the door again.
    """
    # As in the bridge: the outbox says once that Kafka is away.
    logging.getLogger("kafka").setLevel(logging.CRITICAL)
    # As in the API: anyone may send what is no HTTP.
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
    # uvicorn passes the signal on when it has stopped: to a handler, so that a clean stop is exit code 0.
    stop_on_signal()
    receiver = Receiver(settings, registry)
    server: HttpServer

    def end() -> None:
        server.should_exit = True

    config = uvicorn.Config(
        create_door(settings, registry, receiver, end),
        host=settings.door_host,
        port=settings.door_port,
        loop="uvloop",
        http=bounded(settings),
        proxy_headers=False,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    server = HttpServer(config, shown_certificate(settings))
    get_logger().info("door opens", host=settings.door_host, port=settings.door_port)
    server.run()
    if receiver.failure:
        raise receiver.failure
    get_logger().info("door closed")
