"""Instants as devices write them: ISO 8601, or seconds or milliseconds since 1970."""

import math
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from stadspuls.clock import MINUTE, SECOND, to_datetime, to_us
from stadspuls.errors import CodecError
from stadspuls.model import Reason

EARLIEST = 315_532_800 * SECOND
"""1980-01-01: earlier than any device here; a clock that was never set counts from 1970."""
LATEST = 253_402_300_800 * SECOND
"""The year 10000, where ISO 8601's four digits end."""
MILLISECONDS_FROM = 100_000_000_000
"""Numbers from here on are milliseconds (March 1973); as seconds it would be the year 5138."""
TOLERANCE = 5 * MINUTE
"""How far a device's clock may run ahead of ours."""
DATE_LENGTH = 10
SHOWN = 60


def instant(value: object, received_at: int, zone: ZoneInfo | None) -> int:
    """A device's time as microseconds since 1970, UTC; what is finer is cut.

    Raises:
        CodecError: `undecodable`, or `no-time-zone` for a time without zone where none is declared.
    """
    if isinstance(value, str):
        us = _from_text(value, received_at, zone)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        us = _from_number(value)
    else:
        raise CodecError(Reason.UNDECODABLE, f"the time is {shown(value)}: neither ISO 8601 nor a number")
    if us < EARLIEST:
        raise CodecError(Reason.UNDECODABLE, f"the time {shown(value)} is before 1980: is the device's clock set?")
    return us


def shown(value: object) -> str:
    """A value as it may stand in a message for people: short, on one line."""
    if isinstance(value, int) and abs(value) > LATEST:
        # Python refuses to write very many digits.
        return "a huge whole number"
    text = ascii(value) if isinstance(value, str | float | int | bool | None) else f"a {type(value).__name__}"
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."


def _from_number(value: float) -> int:
    unit = 1000 if abs(value) >= MILLISECONDS_FROM else SECOND
    if isinstance(value, int):
        us = value * unit
    elif math.isfinite(value):
        # By the digits as sent: 1510034401.1 as a float is a little less.
        us = int(Decimal(repr(value)) * unit)
    else:
        us = LATEST
    if us >= LATEST:
        raise CodecError(Reason.UNDECODABLE, f"the time {shown(value)} is neither seconds nor milliseconds since 1970")
    return us


def _from_text(text: str, received_at: int, zone: ZoneInfo | None) -> int:
    if len(text) <= DATE_LENGTH:
        raise CodecError(Reason.UNDECODABLE, f"the time {shown(text)} is no ISO 8601 date and time")
    try:
        # RFC 3339 allows small t and z, Python does not.
        moment = datetime.fromisoformat(text.upper())
    except ValueError:
        raise CodecError(Reason.UNDECODABLE, f"the time {shown(text)} is no ISO 8601 date and time") from None
    if moment.tzinfo is not None:
        return to_us(moment)
    if zone is None:
        raise CodecError(
            Reason.NO_TIME_ZONE, f"the time {shown(text)} has no zone and none is declared: add Z or an offset"
        )
    return _from_local(moment, received_at, zone)


def _from_local(moment: datetime, received_at: int, zone: ZoneInfo) -> int:
    """A zone's legal time as an instant; in the repeated hour of autumn the reading nearest to its reception."""
    try:
        candidates = {to_us(moment.replace(tzinfo=zone, fold=fold)) for fold in (0, 1)}
        real = [us for us in candidates if to_datetime(us, zone).replace(tzinfo=None) == moment]
    except OverflowError:
        real = []
    if not real:
        raise CodecError(
            Reason.UNDECODABLE, f"the time {moment.isoformat()} does not exist in {zone.key}: the clock skipped it"
        )
    past = [us for us in real if us <= received_at + TOLERANCE]
    return min(past or real, key=lambda us: abs(us - received_at))
