"""What a test may write into a store: anything that can have been published, and anything that was rejected."""

from hypothesis import strategies as st

from stadspuls.model import Reason
from tests.store.made import DATASET

OTHER = "aalst/air-quality"

Row = tuple[str, str, str, int, float | bool | str]


def published_once(frames: list[list[Row]]) -> list[list[Row]]:
    """Frames as `streams` publishes them: no identity comes twice."""
    seen: set[tuple[str, str, str, int]] = set()
    once = []
    for rows in frames:
        fresh = {row[:4]: row for row in rows if row[:4] not in seen}
        seen |= fresh.keys()
        once.append(list(fresh.values()))
    return once


SENSORS = st.sampled_from("abc")
PROPERTIES = st.sampled_from(["x", "y"])
VALUES = st.floats(allow_nan=False) | st.booleans() | st.text(max_size=5)
ROWS = st.lists(st.tuples(st.sampled_from([DATASET, OTHER]), SENSORS, PROPERTIES, st.integers(0, 50), VALUES))
REJECTIONS = st.lists(st.tuples(st.integers(0, 5), st.sampled_from(list(Reason)), st.binary(max_size=3)), max_size=30)
