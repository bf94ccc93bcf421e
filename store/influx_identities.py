"""Finding single observations: one Flux query for all that a frame asks about."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import attrgetter

from stadspuls.clock import SECOND
from stadspuls.model import Identity, Value
from store.influx_connection import InfluxConnection
from store.influx_flux import EARLIEST, LATEST, keep, range_us, source
from store.influx_history import MOST_NAMED, dataset_tags, in_order
from store.influx_rows import COLUMNS, Rows

WORTH_READING = 120 * SECOND
"""Of one series: to read so much that nobody asked for is less work than another part of the query, about 1 ms."""

MOST_PARTS = 500
"""Of one query; a frame has rarely more messages."""

Group = list[Identity]


def values_of(connection: InfluxConnection, wanted: Sequence[Identity]) -> dict[Identity, Value]:
    """The values of those identities that are stored; the others are absent."""
    found: dict[Identity, Value] = {}
    held = {identity for identity in wanted if EARLIEST <= identity.observed_at <= LATEST}
    for dataset, own in groupby(sorted(held), key=attrgetter("dataset")):
        rows = Rows(dataset)
        for query in _queries(connection, list(_groups(sorted(own, key=attrgetter("observed_at"))))):
            observations = (rows.observation(row) for row in connection.ask(query, COLUMNS, None))
            found |= {o.identity: o.value for o in in_order(observations) if o.identity in held}
    return found


def _groups(wanted: Iterable[Identity]) -> Iterator[Group]:
    """Neighbours in time that are better read as one range of all their sensors."""
    group: Group = []
    sensors: set[str] = set()
    for identity in wanted:
        if group:
            gap = identity.observed_at - group[-1].observed_at
            if gap * len(sensors) > WORTH_READING:
                yield group
                group, sensors = [], set()
        group.append(identity)
        sensors.add(identity.sensor)
    if group:
        yield group


def _queries(connection: InfluxConnection, groups: Sequence[Group]) -> Iterator[str]:
    for at in range(0, len(groups), MOST_PARTS):
        parts = [_part(connection, group) for group in groups[at : at + MOST_PARTS]]
        # A union of one is refused.
        yield parts[0] if len(parts) == 1 else f"union(tables: [{', '.join(parts)}])"


def _part(connection: InfluxConnection, group: Group) -> str:
    tags = dataset_tags(group[0].dataset)
    sensors = {identity.sensor for identity in group}
    if len(sensors) <= MOST_NAMED:
        tags["sensor"] = sensors
    times = range_us(group[0].observed_at, group[-1].observed_at + 1)
    return f"{source(connection.bucket, times, 'observation', 'whole', tags)} {keep(*COLUMNS)}"
