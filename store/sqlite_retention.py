"""Deleting what is past its retention from the SQLite file, a little at a time."""

import sqlite3

from stadspuls.log import decode_observations
from store.sqlite_schema import transaction

ENTRIES_AT_ONCE = 100
"""Log entries of one transaction: some tens of thousands of observations, so that the sink can write in between."""

REJECTED_AT_ONCE = 10_000

# A series number is found by sensor and property; the observation goes only when it is the publication that expires.
_DELETE_OBSERVATION = """
DELETE FROM observation
WHERE dataset_id = ? AND observed_at = ? AND published_at < ?
AND series_id = (SELECT id FROM series WHERE dataset_id = ? AND sensor = ? AND property = ?)
"""


def forget_published(connection: sqlite3.Connection, dataset: str, before: int) -> int:
    """Delete log entries wholly published before an instant and their observations; returns how many observations.

    The log says what was published when, so the observations need no index by `published_at`.
    """
    found = connection.execute("SELECT id FROM dataset WHERE name = ?", (dataset,)).fetchone()
    gone = 0
    while found and (removed := _forget_some(connection, int(found[0]), before)) is not None:
        gone += removed
    return gone


def _forget_some(connection: sqlite3.Connection, dataset: int, before: int) -> int | None:
    with transaction(connection):
        entries = connection.execute(
            "SELECT rowid, frame FROM log WHERE dataset_id = ? AND published_at < ? AND last_published_at < ?"
            " ORDER BY published_at LIMIT ?",
            (dataset, before, before, ENTRIES_AT_ONCE),
        ).fetchall()
        observations = [o for _, frame in entries for o in decode_observations(frame).observations]
        cursor = connection.executemany(
            _DELETE_OBSERVATION,
            (
                (dataset, o.observed_at, before, dataset, o.datastream.sensor, o.datastream.observed_property)
                for o in observations
            ),
        )
        connection.executemany("DELETE FROM log WHERE rowid = ?", ((rowid,) for rowid, _ in entries))
    return cursor.rowcount if entries else None


def forget_rejected(connection: sqlite3.Connection, before: int) -> int:
    """Delete rejections from before an instant; returns how many."""
    gone = 0
    while True:
        with transaction(connection):
            removed = connection.execute(
                "DELETE FROM rejected WHERE rowid IN (SELECT rowid FROM rejected WHERE rejected_at < ? LIMIT ?)",
                (before, REJECTED_AT_ONCE),
            ).rowcount
        if not removed:
            return gone
        gone += removed
