"""Durations as people and ISO 8601 write them."""

from stadspuls.clock import DAY, HOUR, MINUTE, SECOND
from stadspuls.errors import InvalidParameter
from store.grid import EVERY

_UNITS = (("PT", "M", "m"), ("PT", "H", "h"), ("P", "D", "d"), ("P", "W", "w"), ("P", "M", "mo"))


def _short(iso: str) -> str:
    """`PT15M` -> `15m`."""
    for start, unit, short in _UNITS:
        number = iso.removeprefix(start).removesuffix(unit)
        if iso == f"{start}{number}{unit}" and number.isdigit():
            return number + short
    raise ValueError(iso)


WINDOWS: dict[str, str] = {_short(iso): iso for iso in EVERY}
"""The durations of windows, in short, and as ISO 8601."""

_LENGTHS = {"m": MINUTE, "h": HOUR}


def parse_every(text: str) -> str:
    """A window's duration, `15m` or `PT15M`, as ISO 8601.

    Raises:
        InvalidParameter: naming the durations there are.
    """
    if text in EVERY:
        return text
    try:
        return WINDOWS[text]
    except KeyError:
        known = ", ".join(WINDOWS)
        raise InvalidParameter(f"every: no windows of {text[:40]!r}; there are {known} (or as ISO 8601)") from None


def shortest(every: str) -> int:
    """The least length of a window of that ISO 8601 duration; for a day and longer, a day of 23 hours. Microseconds."""
    short = _short(every)
    length = _LENGTHS.get(short.lstrip("0123456789"))
    return int(short[:-1]) * length if length else 23 * HOUR


def iso_duration(us: int) -> str:
    """Microseconds as an ISO 8601 duration of hours, minutes and seconds: `PT1H`, `PT15M`, `PT0.5S`."""
    hours, rest = divmod(us, HOUR)
    minutes, rest = divmod(rest, MINUTE)
    seconds = f"{rest / SECOND:.6f}".rstrip("0").rstrip(".")
    text = (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes else "") + (f"{seconds}S" if rest else "")
    return f"PT{text or '0S'}"


_STEPS = ((DAY, "d"), (HOUR, "h"), (MINUTE, "min"))


def human(us: int) -> str:
    """Microseconds as people say it, in one unit: `12 s`, `3 min`, `2 h`, `5 d`; symbols that every language knows."""
    for length, unit in _STEPS:
        if us >= length:
            return f"{us // length} {unit}"
    return f"{max(us, 0) // SECOND} s"
