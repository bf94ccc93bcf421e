"""Histories out of InfluxDB, page after page."""

import time
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from threading import Lock
from typing import NamedTuple

from stadspuls.model import Observation
from store.influx_connection import MOST_ROWS, InfluxConnection
from store.influx_flux import EARLIEST, LATEST, clamped, keep, range_us, source
from store.influx_rows import COLUMNS, Rows, time_us
from store.influx_walk import Asking, Part, Walk
from store.protocol import HistoryQuery, Position

READ_AHEAD = 20_000
"""What a further page reads at once: for InfluxDB, 20,000 rows of many series are hardly more work than 1,000."""

AHEAD_SECONDS = 5.0
"""How long that serves the pages that follow, unless the listing is asked for anew meanwhile."""

LISTINGS = 1024
"""Listings of which is remembered when they were begun last."""

MOST_NAMED = 100
"""Up to so many sites or sensors are named to InfluxDB; of more, everything is read and theirs picked out here."""


def dataset_tags(dataset: str) -> dict[str, Iterable[str]]:
    """The tags of a dataset's observations."""
    city, _, theme = dataset.partition("/")
    return {"city": [city], "theme": [theme]}


def chosen_tags(query: HistoryQuery) -> dict[str, Iterable[str]]:
    """The tags of what a query asks for, and perhaps of more."""
    chosen = {"site": query.sites, "sensor": query.sensors, "property": query.properties}
    named = {tag: names for tag, names in chosen.items() if names is not None and len(names) <= MOST_NAMED}
    return {**dataset_tags(query.dataset), **named}


def is_chosen(query: HistoryQuery, o: Observation) -> bool:
    """Whether a query asks for an observation, as far as names go."""
    stream = o.datastream
    return (
        (query.sites is None or stream.site in query.sites)
        and (query.sensors is None or stream.sensor in query.sensors)
        and (query.properties is None or stream.observed_property in query.properties)
    )


def names_nothing(query: HistoryQuery) -> bool:
    """Whether a query asks for none of all names."""
    return any(names is not None and not names for names in (query.sites, query.sensors, query.properties))


def place(o: Observation) -> Position:
    """Where an observation stands in histories."""
    return Position(o.observed_at, o.datastream.sensor, o.datastream.observed_property)


def in_order(observations: Iterable[Observation]) -> list[Observation]:
    """In the order of histories, each identity once: as it was published first.

    A sensor that moved has a series at each of its sites, so InfluxDB itself would keep an identity twice.
    """
    found: dict[Position, Observation] = {}
    for o in observations:
        known = found.setdefault(place(o), o)
        if o.published_at < known.published_at:
            found[place(o)] = o
    return [found[position] for position in sorted(found)]


class _Ahead(NamedTuple):
    """What a listing has read already, complete from `start` to `stop`."""

    listing: HistoryQuery
    start: int
    stop: int
    observations: list[Observation]
    read_at: float


class Beginnings:
    """When each listing was begun last, by whatever reader: what was read ahead before then is not of it."""

    def __init__(self) -> None:
        self._begun: OrderedDict[HistoryQuery, float] = OrderedDict()
        self._lock = Lock()

    def note(self, listing: HistoryQuery) -> None:
        """A listing begins now."""
        with self._lock:
            self._begun[listing] = time.monotonic()
            self._begun.move_to_end(listing)
            if len(self._begun) > LISTINGS:
                self._begun.popitem(last=False)

    def last(self, listing: HistoryQuery) -> float:
        """When it was begun last (monotonic seconds); 0 when that is not known."""
        with self._lock:
            return self._begun.get(listing, 0.0)


_beginnings = Beginnings()
"""Of all readers of this process: pages of one listing are answered by any of them."""


class Histories:
    """Answers history queries of one reader."""

    def __init__(self) -> None:
        self._walk = Walk()
        self._ahead: _Ahead | None = None

    def page(self, connection: InfluxConnection, query: HistoryQuery) -> list[Observation]:
        """At most `query.limit` observations, in the order of histories."""
        if names_nothing(query) or query.limit <= 0:
            return []
        listing = replace(query, start=None, end=None, after=None, limit=0)
        end = LATEST + 1 if query.end is None else clamped(query.end)
        found, at = self._already_read(listing, query, end)
        if len(found) < query.limit:
            wanted = query.limit if query.after is None else max(query.limit, READ_AHEAD)
            # From the very beginning, it is a long way to the first observation.
            parts = self._walk.parts(_asking(connection, query), at, end, wanted, jump=at == EARLIEST)
            for began, part in _timed(parts):
                more = in_order(o for o in part.rows if is_chosen(query, o))
                self._ahead = _Ahead(listing, at, part.stop, more, began)
                at = part.stop
                found += _behind(more, query.after)
                if len(found) >= query.limit:
                    break
        return found[: query.limit]

    def _already_read(self, listing: HistoryQuery, query: HistoryQuery, end: int) -> tuple[list[Observation], int]:
        """What is at hand of a listing that goes on, and from where the rest is to be read."""
        start = EARLIEST if query.start is None else clamped(query.start)
        if query.after is None:
            _beginnings.note(listing)
            return [], start
        start = max(start, clamped(query.after.observed_at))
        ahead = self._ahead
        if (
            ahead is None
            or ahead.listing != listing
            or not ahead.start <= start < ahead.stop
            or time.monotonic() - ahead.read_at > AHEAD_SECONDS
            or ahead.read_at < _beginnings.last(listing)
        ):
            return [], start
        found = [o for o in _behind(ahead.observations, query.after) if start <= o.observed_at < end]
        return found, ahead.stop


def _timed(parts: Iterator[Part[Observation]]) -> Iterator[tuple[float, Part[Observation]]]:
    """Parts of a walk, each with when its reading began."""
    while True:
        began = time.monotonic()
        part = next(parts, None)
        if part is None:
            return
        yield began, part


def _asking(connection: InfluxConnection, query: HistoryQuery) -> Asking[Observation]:
    tags, rows = chosen_tags(query), Rows(query.dataset)

    def read(start: int, stop: int, everything: bool) -> Sequence[Observation]:
        flux = source(connection.bucket, range_us(start, stop), "observation", "whole", tags)
        most = None if everything else MOST_ROWS
        return [rows.observation(row) for row in connection.ask(f"{flux} {keep(*COLUMNS)}", COLUMNS, most)]

    def first(start: int, stop: int) -> int | None:
        # Numbers are found much faster than strings; grouped first, InfluxDB's storage does the rest.
        flux = source(connection.bucket, range_us(start, stop), "observation", "published", tags)
        found = connection.ask(f"{flux} |> group() |> first() {keep('_time', '_value')}", ("_time", "_value"))
        return min((time_us(time) for time, _ in found), default=None)

    return Asking((query.dataset, query.sites, query.sensors, query.properties), read, first)


def _behind(observations: list[Observation], after: Position | None) -> list[Observation]:
    if after is None:
        return observations
    return observations[bisect_right(observations, after, key=place) :]
