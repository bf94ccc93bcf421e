"""When a key shall expire, as people write it."""

from datetime import timedelta

from pydantic import TypeAdapter, ValidationError

from stadspuls.clock import parse_rfc3339, rfc3339
from stadspuls.errors import KeysError
from stadspuls.registry.fields import Duration

_MICROSECOND = timedelta(microseconds=1)


def expiry(text: str, now: int) -> int:
    """An instant: after an ISO 8601 duration (`P90D`), or at a date or an RFC 3339 time; a date begins in UTC.

    Raises:
        KeysError: when the text is neither, or lies in the past.
    """
    try:
        instant = _instant(text, now)
        told = rfc3339(instant)
    except (ValidationError, ValueError, OverflowError) as error:
        raise KeysError(f"{text[:64]!r} is no duration (P90D), no date (2027-01-31) and no RFC 3339 time") from error
    if instant <= now:
        raise KeysError(f"{told} is past: such a key would never open anything")
    return instant


def _instant(text: str, now: int) -> int:
    if text.startswith("P"):
        duration: timedelta = TypeAdapter(Duration).validate_python(text)
        return now + duration // _MICROSECOND
    return parse_rfc3339(f"{text}T00:00:00Z" if len(text) == len("2027-01-31") else text)
