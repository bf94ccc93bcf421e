"""The API's process."""

import logging
import resource
import socket

import uvicorn
from fastapi import FastAPI

from apis.app import create_app
from apis.events.hub import Hub
from apis.events.websocket import LONGEST_MESSAGE
from apis.live import LiveState
from apis.readers import Readers
from stadspuls.http_connections import bounded
from stadspuls.http_server import HttpServer, ShownCertificate, shown_certificate
from stadspuls.logs import get_logger
from stadspuls.registry import Registry
from stadspuls.service import stop_on_signal
from stadspuls.settings import Settings
from store.backends import open_reader

GRACE_SECONDS = 5
"""Answers under way at a stop may take this long."""
KEEP_ALIVE_SECONDS = 75
"""Longer than the minute that proxies usually keep a connection, so that they never meet a closed one."""

UNREAD_MS = 60_000
"""What a client does not take within this time ends its connection; also when it vanished, or has stopped reading."""
PING_SECONDS = 20.0
"""Between two pings of a WebSocket, and for each answer."""
SPARE_FILES = 500
"""Open files besides those of live subscribers: requests, the store, Kafka."""


def run_api(settings: Settings, registry: Registry) -> None:
    """Answer requests until SIGTERM or SIGINT; what is under way then is finished first."""
    # aiokafka tells every failed attempt; the live state tells once, and again when it changes.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    # uvicorn tells every request that is no HTTP, and anyone may send such; metrics count them.
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
    # uvicorn passes the signal on when it has stopped: to a handler, so that a clean stop is exit code 0.
    stop_on_signal()
    _allow_files(settings.live_subscribers + SPARE_FILES)
    readers = Readers(lambda: open_reader(settings))
    app = create_app(settings, registry, readers, LiveState(settings, registry, readers))
    config = server_config(settings, app)
    get_logger().info("API starts", address=settings.base_url)
    with _listener(config) as listener:
        _Server(config, shown_certificate(settings), app.state.context.hub).run([listener])
    get_logger().info("API stopped")


def server_config(settings: Settings, app: FastAPI) -> uvicorn.Config:
    """How the application is served."""
    return uvicorn.Config(
        app,
        host=settings.http_host,
        port=settings.http_port,
        loop="uvloop",
        http=bounded(settings),
        forwarded_allow_ips=settings.http_proxies,
        ws="websockets-sansio",
        ws_max_size=LONGEST_MESSAGE,
        ws_ping_interval=PING_SECONDS,
        ws_ping_timeout=PING_SECONDS,
        # It would cost each event a compression for each client.
        ws_per_message_deflate=False,
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )


class _Server(HttpServer):
    """Ends live streams first: they would hold up a stop until its grace is over."""

    def __init__(self, config: uvicorn.Config, certificate: ShownCertificate | None, hub: Hub) -> None:
        super().__init__(config, certificate)
        self._hub = hub

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop listening, and finish what is under way."""
        self._hub.stop()
        await super().shutdown(sockets)


def _listener(config: uvicorn.Config) -> socket.socket:
    listener = config.bind_socket()
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        # Connections inherit it. Without it the kernel keeps what a client never reads for as long as the client lives.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNREAD_MS)
    return listener


def _allow_files(wanted: int) -> None:
    """Raise this process's own limit of open files where it is lower: each subscriber is one."""
    now, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if now < wanted:
        resource.setrlimit(
            resource.RLIMIT_NOFILE, (wanted if most == resource.RLIM_INFINITY else min(wanted, most), most)
        )
