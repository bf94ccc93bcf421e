"""Keyset paging: a page ends at a position, and the next goes on behind it, whatever was added meanwhile.

A position reads `2026-01-05T08:00:00Z,P1,vacantSpaces`: instant, sensor, property. For windows the instant is their
start, and sensor and property may be empty.
"""

from typing import NamedTuple
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from apis.instants import parse_instant
from stadspuls.clock import rfc3339
from stadspuls.errors import InvalidParameter

DEFAULT_LIMIT = 1000
LARGEST_LIMIT = 10_000


class Place(NamedTuple):
    """What `after` says."""

    instant: int
    sensor: str
    observed_property: str


def parse_after(text: str, zone: ZoneInfo) -> Place:
    """The place behind which a page begins.

    Raises:
        InvalidParameter: the text is no position.
    """
    parts = text.split(",", 1)
    if len(parts) != 2 or "," not in parts[1]:
        raise InvalidParameter("after: take it from the address in `next`; it reads <time>,<sensor>,<property>")
    sensor, _, observed_property = parts[1].rpartition(",")
    return Place(parse_instant("after", parts[0], zone), sensor, observed_property)


def next_address(base_url: str, path: str, query: list[tuple[str, str]], place: tuple[int, str, str]) -> str:
    """The absolute address of the page behind `place`, with every other parameter of this one."""
    instant, sensor, observed_property = place
    kept = [(name, value) for name, value in query if name != "after"]
    after = f"{rfc3339(instant)},{sensor},{observed_property}"
    return f"{base_url}{path}?{urlencode([*kept, ('after', after)], quote_via=quote, safe=':,')}"
