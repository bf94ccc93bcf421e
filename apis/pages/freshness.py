"""How long an answer about an open page may be used: until the next publication is due, as the last ones came."""

from collections.abc import Sequence
from itertools import pairwise
from statistics import median_low

from stadspuls.clock import SECOND
from store import LogSpan

LOOKED_AT = 12
"""Entries of the log whose distances tell the rhythm."""
LEAST, MOST = 1, 60
"""Seconds. Of a rhythm slower than a minute nobody should learn of a late value an hour later."""


def seconds_left(newest_first: Sequence[LogSpan], now: int) -> int:
    """Whole seconds until the next entry is due; `newest_first` are the last entries of the dataset's log."""
    starts = [span.published_at for span in newest_first]
    distances = [later - earlier for later, earlier in pairwise(starts)]
    if not distances:
        return LEAST
    due = starts[0] + median_low(distances)
    return min(max((due - now) // SECOND, LEAST), MOST)
