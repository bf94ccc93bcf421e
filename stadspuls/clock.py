"""Instants as integers: microseconds since 1970-01-01T00:00:00Z, and their RFC 3339 form."""

import time
from datetime import UTC, datetime, timedelta, tzinfo

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def now_us() -> int:
    """The present instant in microseconds since 1970, UTC."""
    return time.time_ns() // 1000


def to_us(moment: datetime) -> int:
    """An aware datetime as microseconds since 1970, exactly (no float in between)."""
    return (moment - _EPOCH) // _MICROSECOND


def to_datetime(us: int, zone: tzinfo = UTC) -> datetime:
    """Microseconds since 1970 as an aware datetime in `zone`."""
    return (_EPOCH + timedelta(microseconds=us)).astimezone(zone)


def rfc3339(us: int) -> str:
    """Microseconds since 1970 as RFC 3339 in UTC, with a fraction only where there is one.

    `1510034401000000` -> `2017-11-07T06:00:01Z`.
    """
    return (_EPOCH + timedelta(microseconds=us)).isoformat()[:-6] + "Z"


def parse_rfc3339(text: str) -> int:
    """RFC 3339 or ISO 8601 with a zone as microseconds since 1970; finer digits are cut.

    Raises:
        ValueError: when the text is no instant or has no zone.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} has no time zone; add Z or an offset such as +01:00")
    return to_us(moment)
