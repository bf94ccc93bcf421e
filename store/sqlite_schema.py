"""The SQLite file: its tables, how it is opened, and how SQLite's errors become `StoreError`."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from stadspuls.errors import FrameError, StoreError
from stadspuls.log import decode_observations

SCHEMA_VERSION = 2
"""Kept in the file as `user_version`; a file with a higher one is refused."""

BUSY_SECONDS = 10.0
"""How long a connection waits for another one's lock before it gives up."""

_TRY_AGAIN_SECONDS = 0.01

CACHE_KIB = 64 * 1024
"""The writer's page cache: it holds the leaves where the series grow."""

# `value` has no declared type, so it comes back as it went in: REAL a number, INTEGER a boolean, TEXT text.
# An observation's first key is its place in its dataset's history; `observation_by_series` finds the newest of one.
_TABLES = """
CREATE TABLE dataset (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    stored_through INTEGER NOT NULL
);
CREATE TABLE series (
    id INTEGER PRIMARY KEY,
    dataset_id INTEGER NOT NULL REFERENCES dataset (id),
    sensor TEXT NOT NULL,
    property TEXT NOT NULL,
    UNIQUE (dataset_id, sensor, property)
);
CREATE TABLE datastream (
    id INTEGER PRIMARY KEY,
    series_id INTEGER NOT NULL REFERENCES series (id),
    site TEXT NOT NULL,
    unit TEXT NOT NULL,
    origin TEXT NOT NULL,
    procedure TEXT NOT NULL,
    UNIQUE (series_id, site, unit, origin, procedure)
);
CREATE TABLE observation (
    dataset_id INTEGER NOT NULL REFERENCES dataset (id),
    observed_at INTEGER NOT NULL,
    series_id INTEGER NOT NULL REFERENCES series (id),
    datastream_id INTEGER NOT NULL REFERENCES datastream (id),
    received_at INTEGER NOT NULL,
    published_at INTEGER NOT NULL,
    value NOT NULL,
    quality TEXT NOT NULL,
    test TEXT,
    known INTEGER,
    capacity INTEGER,
    PRIMARY KEY (dataset_id, observed_at, series_id)
) WITHOUT ROWID;
CREATE INDEX observation_by_series ON observation (series_id, observed_at);
CREATE TABLE rejected (
    key TEXT NOT NULL UNIQUE,
    city TEXT NOT NULL,
    reason TEXT NOT NULL,
    rejected_at INTEGER NOT NULL,
    rejection BLOB NOT NULL
);
CREATE INDEX rejected_by_time ON rejected (rejected_at);
CREATE INDEX rejected_by_city ON rejected (city, rejected_at);
"""

# Its index answers for where entries lie without a look at their frames; `published_at` alone would be unique too.
_LOG_TABLE = """
CREATE TABLE log (
    dataset_id INTEGER NOT NULL REFERENCES dataset (id),
    published_at INTEGER NOT NULL,
    last_published_at INTEGER NOT NULL,
    observations INTEGER NOT NULL,
    frame BLOB NOT NULL,
    UNIQUE (dataset_id, published_at, last_published_at, observations)
)
"""

_COUNT_LOG = (
    "ALTER TABLE log RENAME TO log_1",
    _LOG_TABLE,
    "INSERT INTO log SELECT dataset_id, published_at, last_published_at, count_observations(frame), frame FROM log_1",
    "DROP TABLE log_1",
)
"""From version 1, whose log did not count."""


@contextmanager
def store_errors(doing: str) -> Iterator[None]:
    """Raise what SQLite refuses, or what cannot be read back from it, as `StoreError` that says what was being done."""
    try:
        yield
    except (sqlite3.Error, OverflowError, UnicodeError, FrameError, msgspec.DecodeError) as error:
        raise StoreError(f"{doing}: {error}") from error


def open_for_writing(path: Path) -> sqlite3.Connection:
    """A connection that may write; creates the file, its folder and its tables where they are missing.

    A commit returns once its pages are on the disk (`synchronous=FULL`): Kafka forgets on the strength of it.

    Raises:
        StoreError: when the file cannot be used, or was made by a newer Stadspuls.
    """
    with store_errors(f"opening {path.name}"):
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(f"opening {path.name}: {error.strerror}: {path.parent}") from error
        connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        try:
            _set_up(connection, path)
        except BaseException:
            connection.close()
            raise
    return connection


def open_for_reading(path: Path) -> sqlite3.Connection:
    """A connection that can only read; it sees what is committed while the writer goes on.

    Reading may begin before anything was written: the empty tables are then made first.

    Raises:
        StoreError: when the file cannot be used, or was made by a newer Stadspuls.
    """
    open_for_writing(path).close()
    with store_errors(f"opening {path.name}"):
        uri = f"{path.resolve().as_uri()}?mode=ro"
        return sqlite3.connect(uri, uri=True, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)


def _set_up(connection: sqlite3.Connection, path: Path) -> None:
    _check_version(connection, path)
    _keep_a_write_ahead_log(connection)
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
    if _version(connection) < SCHEMA_VERSION:
        _create_or_upgrade(connection)


def _keep_a_write_ahead_log(connection: sqlite3.Connection) -> None:
    # SQLite does not wait for others at this one statement, whatever the time-out: two that open a new file at the
    # same time would get "database is locked" at once.
    give_up = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > give_up:
                raise
            time.sleep(_TRY_AGAIN_SECONDS)
        else:
            return


def _create_or_upgrade(connection: sqlite3.Connection) -> None:
    with transaction(connection):
        # Another process may have been first while this one waited for the lock.
        version = _version(connection)
        if version < SCHEMA_VERSION:
            connection.create_function("count_observations", 1, _count_observations, deterministic=True)
            for statement in _COUNT_LOG if version == 1 else (*_TABLES.split(";\n"), _LOG_TABLE):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")


def _count_observations(frame: bytes) -> int:
    return len(decode_observations(frame).observations)


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _check_version(connection: sqlite3.Connection, path: Path) -> None:
    version = _version(connection)
    if version > SCHEMA_VERSION:
        raise StoreError(
            f"{path.name} has schema version {version}; this Stadspuls knows up to {SCHEMA_VERSION}: upgrade it first"
        )


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """All or nothing; takes the write lock at once, so that it waits here and not halfway."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        # A failed COMMIT may have ended the transaction by itself.
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


@contextmanager
def snapshot(connection: sqlite3.Connection) -> Iterator[None]:
    """Several questions of one reader see the same state."""
    connection.execute("BEGIN")
    try:
        yield
    finally:
        if connection.in_transaction:
            connection.execute("COMMIT")
