"""Observations as a table with typed columns, named as in `/history`; fields are only added, at the end."""

from collections.abc import Sequence

import pyarrow as pa

from apis.data.entries import SiteNames
from stadspuls.model import Observation

SCHEMA_VERSION = 1
"""Raised when a column is added."""

_INSTANT = pa.timestamp("us", tz="UTC")

SCHEMA = pa.schema(
    [
        pa.field("site", pa.string(), nullable=False),
        pa.field("sensor", pa.string(), nullable=False),
        pa.field("property", pa.string(), nullable=False),
        pa.field("observedAt", _INSTANT, nullable=False),
        pa.field("receivedAt", _INSTANT, nullable=False),
        pa.field("publishedAt", _INSTANT, nullable=False),
        pa.field("value", pa.float64()),
        pa.field("boolean", pa.bool_()),
        pa.field("text", pa.string()),
        pa.field("unit", pa.string(), nullable=False),
        pa.field("quality", pa.string(), nullable=False),
        pa.field("test", pa.string()),
        pa.field("known", pa.int64()),
        pa.field("capacity", pa.int64()),
        pa.field("procedure", pa.string(), nullable=False),
        pa.field("origin", pa.string(), nullable=False),
    ]
)
"""`value` is a number, or 1 and 0 for a boolean, which also stands in `boolean`; a text stands in `text` alone."""

INSTANTS = ("observedAt", "receivedAt", "publishedAt")
SORTED_BY = ("site", "sensor", "property", "observedAt")


def observation_table(observations: Sequence[Observation], names: SiteNames) -> pa.Table:
    """The observations, one row each, in their order."""
    values = [o.value for o in observations]
    streams = [o.datastream for o in observations]
    columns = {
        "site": [names.iri(stream.site) for stream in streams],
        "sensor": [stream.sensor for stream in streams],
        "property": [stream.observed_property for stream in streams],
        "observedAt": [o.observed_at for o in observations],
        "receivedAt": [o.received_at for o in observations],
        "publishedAt": [o.published_at for o in observations],
        "value": [None if isinstance(value, str) else float(value) for value in values],
        "boolean": [value if isinstance(value, bool) else None for value in values],
        "text": [value if isinstance(value, str) else None for value in values],
        "unit": [stream.unit for stream in streams],
        "quality": [o.quality.value for o in observations],
        "test": [o.test for o in observations],
        "known": [o.known for o in observations],
        "capacity": [o.capacity for o in observations],
        "procedure": [stream.procedure.value for stream in streams],
        "origin": [stream.origin.value for stream in streams],
    }
    return pa.table(columns, schema=SCHEMA)


def in_order(tables: Sequence[pa.Table]) -> pa.Table:
    """The rows of some tables together, in the order of the archive."""
    return pa.concat_tables([SCHEMA.empty_table(), *tables]).sort_by([(name, "ascending") for name in SORTED_BY])
