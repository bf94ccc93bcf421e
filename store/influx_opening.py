"""What reader and writer share: a connection that is made ready when first needed, and one question at a time."""

import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec

from stadspuls.errors import FrameError, StoreError
from stadspuls.logs import get_logger
from stadspuls.settings import Settings
from store.influx_bucket import prepare
from store.influx_connection import Away, InfluxConnection

_UNUSABLE = (FrameError, msgspec.DecodeError, zlib.error, ValueError, LookupError, OverflowError)
"""What is raised by values that cannot be stored, and by what cannot be read back."""


@contextmanager
def unusable_as_store_errors(doing: str) -> Iterator[None]:
    """Raise what cannot be stored, or cannot be read back, as `StoreError` that says what was being done."""
    try:
        yield
    except _UNUSABLE as error:
        raise StoreError(f"{doing}: {error}") from error


class Opening:
    """Opens the bucket; while the server is away every use tries again, so a process may start before it."""

    def __init__(self, settings: Settings) -> None:
        """Try at once, so that a bucket that cannot be used is refused now.

        Raises:
            StoreError: when the bucket cannot be used. Not when the server does not answer: it may come.
        """
        self._connection = InfluxConnection(settings)
        self._lock = threading.Lock()
        self._ready = False
        try:
            self._prepare()
        except Away as error:
            get_logger().warning("the store is away; it is tried again when it is needed", why=str(error))
        except BaseException:
            self.close()
            raise

    @contextmanager
    def use(self, doing: str) -> Iterator[InfluxConnection]:
        """The connection, for one thing after the other; whatever goes wrong is a `StoreError`."""
        with self._lock:
            if not self._ready:
                self._prepare()
            with unusable_as_store_errors(doing):
                yield self._connection

    def _prepare(self) -> None:
        prepare(self._connection)
        self._ready = True

    def close(self) -> None:
        """Give back the connection."""
        with self._lock:
            self._connection.close()
