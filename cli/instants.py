"""Instants as people write them on the command line: a date, an RFC 3339 time, or a duration from now."""

from datetime import timedelta

import typer
from pydantic import TypeAdapter, ValidationError

from stadspuls.clock import now_us, parse_rfc3339, rfc3339
from stadspuls.errors import KeysError
from stadspuls.registry.fields import Duration

_MICROSECOND = timedelta(microseconds=1)
_DATE = len("2027-01-31")


def expiry(text: str, now: int) -> int:
    """When a key shall expire: after an ISO 8601 duration (`P90D`), or at a date or time; a date begins in UTC.

    Raises:
        KeysError: when the text is neither, or lies in the past.
    """
    try:
        instant = _instant(text, now, 1)
    except ValueError as error:
        raise KeysError(str(error)) from error
    if instant <= now:
        raise KeysError(f"{rfc3339(instant)} is past: such a key would never open anything")
    return instant


def moment(text: str) -> int:
    """A moment of an option such as `--since`: a duration ago (`PT1H`), or a date or time; a date begins in UTC.

    Raises:
        typer.BadParameter: when the text is neither.
    """
    try:
        return _instant(text, now_us(), -1)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def _instant(text: str, now: int, direction: int) -> int:
    try:
        if text.startswith("P"):
            duration: timedelta = TypeAdapter(Duration).validate_python(text)
            instant = now + direction * (duration // _MICROSECOND)
        else:
            instant = parse_rfc3339(f"{text}T00:00:00Z" if len(text) == _DATE else text)
        # What cannot be written is no instant of ours.
        rfc3339(instant)
    except (ValidationError, ValueError, OverflowError) as error:
        raise ValueError(f"{text[:64]!r} is no duration (P90D), no date (2027-01-31) and no RFC 3339 time") from error
    return instant
