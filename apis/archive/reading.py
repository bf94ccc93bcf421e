"""The observations of a file that is due, out of the store, a bounded number at a time and in the archive's order."""

from collections.abc import Iterator
from dataclasses import replace
from threading import Event

import pyarrow as pa

from apis.archive.cutting import Closing, Series
from apis.archive.table import in_order, observation_table
from apis.data.entries import SiteNames
from stadspuls.model import Observation
from store import HistoryQuery, StoreReader
from store.protocol import Position

CHUNK_ROWS = 131_072
"""About so many rows are in memory at once, some 20 MB; what one sensor observed in a day is never torn apart."""
PAGE = 10_000


class Stopped(Exception):
    """Told to stop amid a file, which will be written another time."""


def read_chunks(
    reader: StoreReader, dataset: str, closing: Closing, *, after: int, names: SiteNames, stop: Event
) -> Iterator[pa.Table]:
    """Tables that together hold what of the day was published behind `after`, until the closing's last.

    Raises:
        Stopped: when told to.
        StoreError: when the store does not answer.
    """
    chunks = list(_chunks(closing.counts, names))
    for chunk in chunks:
        query = HistoryQuery(dataset=dataset, start=closing.day.start, end=closing.day.end, limit=PAGE)
        if len(chunks) > 1 or closing.late:
            sites, sensors = zip(*chunk, strict=True)
            query = replace(query, sites=frozenset(sites), sensors=frozenset(sensors))
        tables = []
        for page in _pages(reader, query):
            if stop.is_set():
                raise Stopped
            wanted = [
                o
                for o in page
                if after < o.published_at <= closing.last and (o.datastream.site, o.datastream.sensor) in chunk
            ]
            tables.append(observation_table(wanted, names))
        yield in_order(tables)


def _chunks(counts: dict[Series, int], names: SiteNames) -> Iterator[set[Series]]:
    chunk: set[Series] = set()
    rows = 0
    for series in sorted(counts, key=lambda series: (names.iri(series[0]), series[1])):
        if chunk and rows + counts[series] > CHUNK_ROWS:
            yield chunk
            chunk, rows = set(), 0
        chunk.add(series)
        rows += counts[series]
    yield chunk


def _pages(reader: StoreReader, query: HistoryQuery) -> Iterator[list[Observation]]:
    while page := reader.history(query):
        yield page
        if len(page) < query.limit:
            return
        last = page[-1]
        stream = last.datastream
        query = replace(query, after=Position(last.observed_at, stream.sensor, stream.observed_property))
