"""The fact table: one row for each published observation, with the keys of its dimensions and its three clocks."""

from collections.abc import Sequence

import pyarrow as pa

from apis.warehouse.seen import Seen
from stadspuls.model import Observation

_INSTANT = pa.timestamp("us", tz="UTC")
_KEYS = ("dataset_key", "site_key", "sensor_key", "property_key", "time_key")

FACTS = pa.schema(
    [
        *(pa.field(name, pa.int64(), nullable=False) for name in _KEYS),
        pa.field("observed_at", _INSTANT, nullable=False),
        pa.field("received_at", _INSTANT, nullable=False),
        pa.field("published_at", _INSTANT, nullable=False),
        pa.field("value", pa.float64()),
        pa.field("boolean", pa.bool_()),
        pa.field("text", pa.string()),
        pa.field("quality", pa.string(), nullable=False),
        pa.field("test", pa.string()),
        pa.field("known", pa.int64()),
        pa.field("capacity", pa.int64()),
        pa.field("procedure", pa.string(), nullable=False),
        pa.field("origin", pa.string(), nullable=False),
    ]
)
"""`value` is a number, or 1 and 0 for a boolean, as in the archive. (dataset_key, published_at) is unique."""


def fact_table(observations: Sequence[Observation], seen: Seen) -> pa.Table:
    """The facts of some observations of one dataset, in their order."""
    values = [o.value for o in observations]
    keys = [(*seen.stream(o.datastream), seen.hour(o.observed_at)) for o in observations]
    columns = {
        **{name: [row[place] for row in keys] for place, name in enumerate(_KEYS)},
        "observed_at": [o.observed_at for o in observations],
        "received_at": [o.received_at for o in observations],
        "published_at": [o.published_at for o in observations],
        "value": [None if isinstance(value, str) else float(value) for value in values],
        "boolean": [value if isinstance(value, bool) else None for value in values],
        "text": [value if isinstance(value, str) else None for value in values],
        "quality": [o.quality.value for o in observations],
        "test": [o.test for o in observations],
        "known": [o.known for o in observations],
        "capacity": [o.capacity for o in observations],
        "procedure": [o.datastream.procedure.value for o in observations],
        "origin": [o.datastream.origin.value for o in observations],
    }
    return pa.table(columns, schema=FACTS)
