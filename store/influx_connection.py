"""One bucket of one InfluxDB: asking, writing, deleting, and how its errors become `StoreError`."""

import csv
import io
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from operator import itemgetter
from typing import Any
from urllib.parse import urlsplit

from influxdb_client import Dialect, InfluxDBClient
from influxdb_client.client.write_api import SYNCHRONOUS
from influxdb_client.domain.write_precision import WritePrecision
from influxdb_client.rest import ApiException
from urllib3.exceptions import HTTPError

from stadspuls.errors import StoreError
from stadspuls.settings import Settings
from stadspuls.tls import client_context, distrust
from store.influx_flux import rfc3339_ns

CONNECT_MS, ANSWER_MS = 5_000, 30_000
"""How long the server may take to be reached, and to send something; longer than any question here takes it."""

MOST_ROWS, MOST_BYTES = 50_000, 64 * 1024 * 1024
"""An answer that grows beyond this is given up: a narrower question is asked instead."""

REFUSED = frozenset({400, 422})
"""InfluxDB's answers to points that it will never take; others of the same request it may have taken."""

_TOO_MANY, _SERVER_ERRORS = 429, 500

_COLUMNS_ONLY = Dialect(annotations=[], header=True)
_READ_BYTES = 256 * 1024


class TooMuch(Exception):
    """The answer to a question is larger than what is read at once."""


class PointsRefused(StoreError):
    """InfluxDB refuses points for what they are; writing them again is of no use."""


class Away(StoreError):
    """The server does not answer, or says that it cannot now: it may later."""


class InfluxConnection:
    """A client of one InfluxDB, for one bucket. Nothing is asked of the server before it is needed.

    Raises:
        SettingsError: when the CA's file cannot be used.
    """

    def __init__(self, settings: Settings) -> None:
        url = urlsplit(settings.influx_url)
        self.name = f"InfluxDB at {url.hostname}:{url.port or (443 if url.scheme == 'https' else 80)}"
        """What errors call it; an address may hold a password."""
        self._settings = settings
        self.bucket = settings.influx_bucket
        self.org = settings.influx_org
        self.client = InfluxDBClient(
            url=settings.influx_url,
            token=settings.influx_token.get_secret_value(),
            org=self.org,
            timeout=(CONNECT_MS, ANSWER_MS),
            ssl_context=client_context(settings, "influx") if url.scheme == "https" else None,
        )
        # Synchronous: the batching mode drops what cannot be written.
        self._write_api = self.client.write_api(write_options=SYNCHRONOUS)
        self._query_api = self.client.query_api()
        self._delete_api = self.client.delete_api()
        self._open = True

    def write(self, lines: bytes, *, nanoseconds: bool = False) -> None:
        """Write line protocol with times in microseconds, and wait for the answer.

        Raises:
            PointsRefused: when some of the points can never be written; the others may be or not.
            StoreError: when the server refuses for another reason or does not answer.
        """
        precision = WritePrecision.NS if nanoseconds else WritePrecision.US
        with self.errors("writing"):
            try:
                self._write_api.write(self.bucket, self.org, lines, write_precision=precision)
            except ApiException as error:
                if error.status not in REFUSED:
                    raise
                raise PointsRefused(f"{self.name} refuses points: {_message(error)}") from error

    def ask(self, flux: str, columns: Sequence[str], most_rows: int | None = MOST_ROWS) -> list[tuple[str, ...]]:
        """What a Flux query answers: these columns (at least two) of its rows, in no order.

        Raises:
            TooMuch: when there are more rows than `most_rows`, or more bytes than anybody wants at once.
            StoreError: when the server refuses or does not answer.
        """
        with self.errors("asking"):
            response = self._query_api.query_raw(flux, dialect=_COLUMNS_ONLY)
            try:
                text = _read(response, most_rows)
            finally:
                # What was not read is not wanted; the server then stops.
                response.close()
                response.release_conn()
            return self._rows(text, columns)

    def delete(self, start: int, stop: int, predicate: str) -> None:
        """Delete the points of a predicate from `start` to `stop`, both included, in nanoseconds since 1970.

        Raises:
            StoreError: when the server refuses or does not answer.
        """
        with self.errors("deleting"):
            self._delete_api.delete(rfc3339_ns(start), rfc3339_ns(stop), predicate, self.bucket, self.org)

    def close(self) -> None:
        """Give back the connections."""
        self._open = False
        self.client.close()

    @contextmanager
    def errors(self, doing: str) -> Iterator[None]:
        """Raise what InfluxDB refuses, and what keeps it from answering, as `StoreError`; never with the token."""
        if not self._open:
            raise StoreError(f"{doing}: {self.name} is closed here")
        try:
            yield
        except ApiException as error:
            if not error.status:
                raise Away(
                    f"{doing}: {self.name} cannot be trusted: {self._distrust(error) or error.reason}"
                ) from error
            kind = Away if error.status == _TOO_MANY or error.status >= _SERVER_ERRORS else StoreError
            text = f"{doing}: {self.name} answers {error.status}: {_message(error)}"
            raise kind(text, _retry_after(error)) from error
        except HTTPError as error:
            why = self._distrust(error) or type(error).__name__
            raise Away(f"{doing}: {self.name} does not answer: {why}") from error

    def _distrust(self, error: Exception) -> str | None:
        return distrust(error, self._settings, "influx")

    def _rows(self, text: str, columns: Sequence[str]) -> list[tuple[str, ...]]:
        found: list[tuple[str, ...]] = []
        chosen: Any = None
        for row in csv.reader(io.StringIO(text, newline="")):
            if not row:
                # Another kind of table follows, with a header of its own.
                chosen = None
            elif chosen is None:
                if row[0] == "error":
                    raise StoreError(f"asking: {self.name} broke off its answer")
                chosen = itemgetter(*(row.index(name) for name in columns))
            else:
                found.append(chosen(row))
        return found


def _read(response: Any, most_rows: int | None) -> str:
    parts: list[bytes] = []
    rows = size = 0
    for part in response.stream(_READ_BYTES):
        parts.append(part)
        rows += part.count(b"\n")
        size += len(part)
        if most_rows is not None and (rows > most_rows or size > MOST_BYTES):
            raise TooMuch
    return b"".join(parts).decode()


def _message(error: ApiException) -> str:
    body = error.body
    try:
        return str(json.loads(body)["message"])
    except (TypeError, ValueError, KeyError):
        return str(error.reason)


def _retry_after(error: ApiException) -> float | None:
    try:
        return float(error.headers["Retry-After"])
    except (TypeError, ValueError, KeyError):
        return None
