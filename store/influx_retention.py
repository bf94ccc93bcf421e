"""Retention in InfluxDB: deleting what was published before an instant.

InfluxDB deletes by tags and by time, which is the time of observation, while retention goes by publication. So the
entries of the published order that are due say which observations go. Where nothing that stays was observed among them,
which is nearly everywhere, the dataset's whole stretch of time goes in one deletion; where something stays, each series
loses its own stretches between. Such deletions cost some 15 ms each, so a run does a bounded number of them; entries
with observations left over stay, and the next run goes on with them.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import groupby, takewhile
from typing import NamedTuple

from stadspuls.clock import HOUR
from stadspuls.influx_text import original
from stadspuls.model import Observation
from store.influx_connection import InfluxConnection
from store.influx_flux import EARLIEST, FIRST_NS, clamped, keep, predicate, range_us, source
from store.influx_history import dataset_tags
from store.influx_log import PublishedOrder, last_span
from store.influx_reader import stored_through
from store.influx_rows import time_us
from store.protocol import LogEntry

ENTRIES_AT_ONCE = 1_000
"""How many entries are in memory at a time."""

MOST_DELETIONS = 200
"""Of single series, in one run for one dataset: about 3 s in which the sink stores nothing."""

APART = HOUR
"""Observations that are further apart than this belong to stretches of their own."""


class _Series(NamedTuple):
    site: str
    sensor: str
    property: str


_Times = dict[_Series, list[int]]
"""Instants of observation by series."""


class _Job:
    """One run for one dataset."""

    def __init__(self, connection: InfluxConnection, dataset: str, cut: int) -> None:
        self._connection = connection
        self._dataset = dataset
        city, _, theme = dataset.partition("/")
        self._tags = {"city": city, "theme": theme}
        self._cut = cut
        """What was published from then on stays."""
        self._deletions_left = MOST_DELETIONS

    def forget(self, entries: Sequence[LogEntry]) -> int:
        """Delete entries and their observations; returns how many observations went. Those left over keep their entry.

        The observations go first: after a crash the entries still say which.
        """
        observations = [o for entry in entries for o in entry.frame.observations]
        left: set[int] = set()
        for stretch in _stretches(observations):
            left.update(map(id, self._forget_stretch(stretch)))
        gone = 0
        for kept, some in groupby(entries, lambda entry: any(id(o) in left for o in entry.frame.observations)):
            if not kept:
                run = list(some)
                gone += sum(len(entry.frame.observations) for entry in run)
                self._delete("log", {"dataset": self._dataset}, run[0].published_at, run[-1].published_at)
        return gone

    def _forget_stretch(self, due: Sequence[Observation]) -> Sequence[Observation]:
        """Delete observations that lie close together in time; returns those that were too many to take out singly."""
        first, last = due[0].observed_at, due[-1].observed_at
        staying = self._staying(first, last)
        instants = [instant for own in staying.values() for instant in own]
        if not instants:
            self._delete("observation", self._tags, first, last)
            return []
        begin, end = min(instants), max(instants)
        if first < begin:
            self._delete("observation", self._tags, first, begin - 1)
        if last > end:
            self._delete("observation", self._tags, end + 1, last)
        among = [o for o in due if begin <= o.observed_at <= end]
        runs = list(_runs(among, staying))
        if len(runs) > self._deletions_left:
            return among
        self._deletions_left -= len(runs)
        for series, start, stop in runs:
            self._delete("observation", self._tags | series._asdict(), start, stop)
        return []

    def _staying(self, first: int, last: int) -> _Times:
        times = range_us(first, last + 1)
        flux = source(self._connection.bucket, times, "observation", "published", dataset_tags(self._dataset))
        columns = ("_time", *_Series._fields)
        flux = f"{flux} |> filter(fn: (r) => r._value >= {clamped(self._cut)}) {keep(*columns)}"
        found: _Times = defaultdict(list)
        for time, *tags in self._connection.ask(flux, columns, None):
            found[_Series(*map(original, tags))].append(time_us(time))
        return found

    def _delete(self, measurement: str, tags: dict[str, str], first: int, last: int) -> None:
        # Both ends included.
        self._connection.delete(first * 1000, last * 1000 + 999, predicate(measurement, tags))


def forget_published(connection: InfluxConnection, dataset: str, before: int) -> int:
    """Delete what a dataset published before an instant; returns how many observations went."""
    order = PublishedOrder()
    job = _Job(connection, dataset, _cut(connection, dataset, before))
    gone = 0
    while True:
        entries = order.entries(connection, dataset, EARLIEST, before, ENTRIES_AT_ONCE)
        due = list(takewhile(lambda entry: entry.frame.observations[-1].published_at < before, entries))
        went = job.forget(due) if due else 0
        gone += went
        if went < sum(len(entry.frame.observations) for entry in due) or not due:
            return gone


def forget_stored_through(connection: InfluxConnection) -> None:
    """Delete all but the newest of what says how far each dataset is stored."""
    for dataset, newest in stored_through(connection).items():
        connection.delete(FIRST_NS, newest * 1000 - 1, predicate("stored_through", {"dataset": dataset}))


def _cut(connection: InfluxConnection, dataset: str, before: int) -> int:
    # An entry that reaches beyond the instant stays whole.
    span = last_span(connection, dataset, before)
    return span.published_at if span and span.last_published_at >= before else before


def _stretches(observations: Sequence[Observation]) -> Iterator[Sequence[Observation]]:
    stretch: list[Observation] = []
    for o in sorted(observations, key=lambda o: o.observed_at):
        if stretch and o.observed_at - stretch[-1].observed_at > APART:
            yield stretch
            stretch = []
        stretch.append(o)
    if stretch:
        yield stretch


def _runs(due: Sequence[Observation], staying: _Times) -> Iterator[tuple[_Series, int, int]]:
    """The stretches of each series between what stays of it."""
    by_series: _Times = defaultdict(list)
    for o in due:
        stream = o.datastream
        by_series[_Series(stream.site, stream.sensor, stream.observed_property)].append(o.observed_at)
    for series, own in by_series.items():
        kept = sorted(staying.get(series, ()))
        gone = sorted(set(own).difference(kept))
        for _, run in groupby(gone, partial(bisect_left, kept)):
            instants = list(run)
            yield series, instants[0], instants[-1]
