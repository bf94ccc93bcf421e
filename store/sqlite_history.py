"""Rows of the SQLite file in the order of histories: (observed_at, sensor, property)."""

import heapq
import sqlite3
from collections.abc import Iterator
from itertools import groupby, islice
from operator import itemgetter
from typing import Any

from store.protocol import HistoryQuery, Position
from store.sqlite_catalogue import Catalogue, Selection, Series

Row = tuple[Any, ...]
"""Columns in the order of `COLUMNS`, as SQLite gives them."""

COLUMNS = "observed_at, series_id, datastream_id, received_at, published_at, value, quality, test, known, capacity"

MERGED_SERIES = 200
"""Up to so many chosen series are read one by one and merged; more are picked out of the whole dataset.

A cursor costs some 15 µs to start; picking costs as much as everything else that was observed at that time.
"""

FIRST, LAST = -(2**63), 2**63 - 1
"""The whole range of an integer in SQLite."""

# Not by an index: the table itself is in order of time.
_BY_TIME = (
    f"SELECT {COLUMNS} FROM observation NOT INDEXED"  # noqa: S608 - only constants
    " WHERE dataset_id = ? AND observed_at >= ? AND observed_at < ?"
)
_CHOSEN = " AND datastream_id IN (SELECT value FROM json_each(?))"
_OF_SERIES = (
    f"SELECT {COLUMNS} FROM observation INDEXED BY observation_by_series"  # noqa: S608 - only constants
    " WHERE series_id = ? AND observed_at >= ? AND observed_at < ? ORDER BY observed_at"
)
_NEWEST_OF_SERIES = (
    f"SELECT {COLUMNS} FROM observation INDEXED BY observation_by_series"  # noqa: S608 - only constants
    " WHERE series_id = ? AND observed_at < ? ORDER BY observed_at DESC"
)


def history_rows(connection: sqlite3.Connection, catalogue: Catalogue, query: HistoryQuery) -> list[Row]:
    """At most `query.limit` rows that answer a query, in the order of histories."""
    dataset = catalogue.dataset(query.dataset)
    if dataset is None:
        return []
    chosen = catalogue.select(dataset, query.sites, query.sensors, query.properties)
    start = FIRST if query.start is None else query.start
    if query.after:
        start = max(start, query.after.observed_at)
    times = (start, LAST if query.end is None else query.end)
    if chosen.everything or len(chosen.series) > MERGED_SERIES:
        rows = _by_time(connection, catalogue, dataset, chosen, times)
    else:
        rows = _merged(connection, chosen, times)
    if query.after:
        rows = _behind(rows, catalogue, query.after)
    return list(islice(rows, query.limit))


def newest_row(connection: sqlite3.Connection, series: Series, chosen: Selection, before: int | None) -> Row | None:
    """The newest row of a series that was observed before an instant."""
    rows = connection.execute(_NEWEST_OF_SERIES, (series.number, LAST if before is None else before))
    return next((row for row in rows if row[2] in chosen.datastreams), None)


def _by_time(
    connection: sqlite3.Connection, catalogue: Catalogue, dataset: int, chosen: Selection, times: tuple[int, int]
) -> Iterator[Row]:
    if chosen.everything:
        rows = connection.execute(f"{_BY_TIME} ORDER BY observed_at", (dataset, *times))
    else:
        numbers = f"[{','.join(map(str, chosen.datastreams))}]"
        rows = connection.execute(f"{_BY_TIME}{_CHOSEN} ORDER BY observed_at", (dataset, *times, numbers))
    ranks = catalogue.ranks
    for _, group in groupby(rows, key=itemgetter(0)):
        together = list(group)
        if len(together) > 1:
            together.sort(key=lambda row: ranks[row[1]])
        yield from together


def _merged(connection: sqlite3.Connection, chosen: Selection, times: tuple[int, int]) -> Iterator[Row]:
    # The series stand in order of (sensor, property), so their place breaks ties between equal instants.
    merged = heapq.merge(*(_series_rows(connection, i, s, chosen, times) for i, s in enumerate(chosen.series)))
    return (row for _, _, row in merged)


def _series_rows(
    connection: sqlite3.Connection, place: int, series: Series, chosen: Selection, times: tuple[int, int]
) -> Iterator[tuple[int, int, Row]]:
    for row in connection.execute(_OF_SERIES, (series.number, *times)):
        if row[2] in chosen.datastreams:
            yield row[0], place, row


def _behind(rows: Iterator[Row], catalogue: Catalogue, after: Position) -> Iterator[Row]:
    return (row for row in rows if row[0] > after[0] or (row[0], *catalogue.ranks[row[1]]) > after)
