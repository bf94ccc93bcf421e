"""The API's process."""

import logging

import uvicorn

from apis.app import create_app
from apis.live import LiveState
from apis.readers import Readers
from stadspuls.logs import get_logger
from stadspuls.registry import Registry
from stadspuls.service import stop_on_signal
from stadspuls.settings import Settings
from store.backends import open_reader

GRACE_SECONDS = 5
"""Answers under way at a stop may take this long."""
KEEP_ALIVE_SECONDS = 75
"""Longer than the minute that proxies usually keep a connection, so that they never meet a closed one."""


def run_api(settings: Settings, registry: Registry) -> None:
    """Answer requests until SIGTERM or SIGINT; what is under way then is finished first."""
    # aiokafka tells every failed attempt; the live state tells once, and again when it changes.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    # uvicorn passes the signal on when it has stopped: to a handler, so that a clean stop is exit code 0.
    stop_on_signal()
    readers = Readers(lambda: open_reader(settings))
    app = create_app(settings, registry, readers, LiveState(settings, registry, readers))
    config = uvicorn.Config(
        app,
        host=settings.http_host,
        port=settings.http_port,
        loop="uvloop",
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    get_logger().info("API starts", address=settings.base_url)
    uvicorn.Server(config).run()
    get_logger().info("API stopped")
