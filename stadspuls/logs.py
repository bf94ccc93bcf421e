"""Structured log lines on standard error, the same in every process; secrets never enter them."""

import logging
import sys
import time
from collections.abc import Callable, Hashable

import structlog

from stadspuls.settings import Settings

LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warn": logging.WARNING, "error": logging.ERROR}


def set_up_logs(settings: Settings, service: str) -> None:
    """Make structlog and the standard library's loggers write one form of line, naming `service`."""

    def name_service(_logger: object, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
        # Here and not as a context variable: those are unknown in the threads of libraries.
        event["service"] = service
        return event

    shared: list[structlog.typing.Processor] = [
        name_service,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if settings.log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS[settings.log_level]),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                renderer,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    # Libraries speak from warnings upward: their info lines come per connection and per rebalance.
    root.setLevel(max(logging.WARNING, LEVELS[settings.log_level]))
    logging.getLogger(NAME).setLevel(LEVELS[settings.log_level])


NAME = "stadspuls"


class Seldom:
    """Lets one line in a while through of what may come with every message."""

    def __init__(self, seconds: float = 60.0, clock: Callable[[], float] = time.monotonic) -> None:
        """`seconds`: between two lines of the same."""
        self._seconds = seconds
        self._clock = clock
        self._held: dict[Hashable, tuple[float, int]] = {}

    def passes(self, what: Hashable) -> int | None:
        """How many were held back since the last line that passed, which this one may; None: hold it back."""
        now = self._clock()
        passed, held = self._held.get(what, (-self._seconds, 0))
        if now - passed < self._seconds:
            self._held[what] = (passed, held + 1)
            return None
        self._held[what] = (now, 0)
        return held


def get_logger() -> structlog.typing.FilteringBoundLogger:
    """The logger of Stadspuls itself."""
    logger: structlog.typing.FilteringBoundLogger = structlog.get_logger(NAME)
    return logger
