"""The process of `streams`: one Faust worker, until SIGTERM or SIGINT."""

import faust

from stadspuls.registry import Registry
from stadspuls.settings import Settings
from store.backends import open_reader
from streams.app import create_app


def run_streams(settings: Settings, registry: Registry) -> None:
    """Work until told to stop; the worker handles the signals itself."""
    store = open_reader(settings)
    app = create_app(settings, registry, store)
    worker = faust.Worker(app, loglevel="warn", override_logging=False, redirect_stdouts=False, quiet=True)
    worker.spinner = None  # it writes terminal codes even when quiet
    try:
        worker.execute_from_commandline()
    finally:
        store.close()
