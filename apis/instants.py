"""Instants in query parameters: RFC 3339, or a date in the city's legal time."""

import re
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from stadspuls.clock import DAY, parse_rfc3339, to_us
from stadspuls.errors import InvalidParameter

EARLIEST = -70 * 365 * DAY
LATEST = 130 * 365 * DAY
"""About the years 1900 to 2100: anything else is a mistyped instant."""

_UNESCAPED_PLUS = re.compile(r"(:\d\d(?:\.\d+)?) (\d\d:?\d\d)$")
"""A plus sign that was not escaped arrives as a space; before an offset nothing else can be meant by it."""


def parse_instant(name: str, text: str, zone: ZoneInfo) -> int:
    """An RFC 3339 instant, or a date: its first moment in the city's legal time; microseconds since 1970.

    Raises:
        InvalidParameter: it is neither, has no zone, or lies outside 1900 to 2100.
    """
    try:
        us = _instant(text, zone)
    except (ValueError, OverflowError) as error:
        raise InvalidParameter(f"{name}: {text[:64]!r} is no RFC 3339 time with a zone, and no date") from error
    if not EARLIEST <= us <= LATEST:
        raise InvalidParameter(f"{name}: {text[:64]!r} is not between 1900 and 2100")
    return us


def _instant(text: str, zone: ZoneInfo) -> int:
    if len(text) == 10:
        return to_us(datetime.combine(date.fromisoformat(text), time(), zone))
    return parse_rfc3339(_UNESCAPED_PLUS.sub(r"\1+\2", text))
