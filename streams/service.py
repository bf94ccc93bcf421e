"""The process of `streams`: one Faust worker, until SIGTERM or SIGINT."""

from collections.abc import Callable

import faust

from stadspuls.registry import Registry
from stadspuls.settings import Settings
from store.backends import open_reader
from streams.app import create_app


def run_streams(settings: Settings, registry: Registry, ready: Callable[[], None]) -> None:
    """Work until told to stop; the worker handles the signals itself.

    Args:
        settings: those in force.
        registry: cities and themes.
        ready: called once, when the worker has its partitions.
    """
    store = open_reader(settings)
    app = create_app(settings, registry, store, ready)
    worker = faust.Worker(app, loglevel="warn", override_logging=False, redirect_stdouts=False, quiet=True)
    worker.spinner = None  # it writes terminal codes even when quiet
    try:
        worker.execute_from_commandline()
    finally:
        store.close()
