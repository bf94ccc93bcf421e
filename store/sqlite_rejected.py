"""Rejections in the SQLite file, newest first."""

import sqlite3

import msgspec

from stadspuls.model import Rejection
from store.protocol import RejectedQuery

_decoder = msgspec.msgpack.Decoder(Rejection)

_ASKED = {
    "city": "city = :city",
    "dataset": "dataset_of(rejection) = :dataset",
    "reason": "reason = :reason",
    "key": "key = :key",
    "start": "rejected_at >= :start",
    "end": "rejected_at < :end",
}
# A row value: the place of a rejection that is gone is before every other one of its instant.
_BEHIND = "(rejected_at, rowid) < (:at, coalesce((SELECT rowid FROM rejected WHERE key = :place), 0))"


def prepare_connection(connection: sqlite3.Connection) -> None:
    """Give a connection the functions that questions about rejections need."""
    connection.create_function("dataset_of", 1, _dataset_of, deterministic=True)


def newest_rejections(connection: sqlite3.Connection, query: RejectedQuery) -> list[Rejection]:
    """What a query asks for, newest first."""
    given = {name: value for name in _ASKED if (value := getattr(query, name)) is not None}
    if query.dataset is not None:
        # The topic of a dataset's message begins with its city, which has an index.
        given.setdefault("city", query.dataset.partition("/")[0])
    tests = [_ASKED[name] for name in given]
    if query.after is not None:
        tests.append(_BEHIND)
        given |= {"at": query.after.rejected_at, "place": query.after.key}
    where = f"WHERE {' AND '.join(tests)}" if tests else ""
    rows = connection.execute(
        f"SELECT rejection FROM rejected {where} ORDER BY rejected_at DESC, rowid DESC LIMIT :limit",  # noqa: S608 - only our own words
        given | {"limit": query.limit},
    )
    return [_decoder.decode(row[0]) for row in rows]


def _dataset_of(rejection: bytes) -> str | None:
    return _decoder.decode(rejection).dataset
