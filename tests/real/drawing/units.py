"""Numbers with their unit, as Grafana writes them.

Ids of units: https://github.com/grafana/grafana/blob/main/packages/grafana-data/src/valueFormats/categories.ts; only
those that boards have are here, so that one that Grafana has not is noticed.
"""

import math
from datetime import datetime
from typing import NamedTuple

_BEHIND = {
    "none": "",
    "conμgm3": " μg/m³",
    "conmgm3": " mg/m³",
    "celsius": " °C",
    "percent": "%",
    "dB": " dB",
    "velocitykmh": " km/h",
    "velocityms": " m/s",
    "lengthmm": " mm",
    "lux": " lx",
    "pressurehpa": " hPa",
}
_SUFFIX = "suffix:"


class _Scale(NamedTuple):
    """A step up: from this size on, in units of it, with this behind the number."""

    size: float
    behind: str


def _powers(base: float, *behind: str) -> tuple[_Scale, ...]:
    return tuple(_Scale(base**power, text) for power, text in enumerate(behind))


_SECONDS = (
    _Scale(1e-6, " µs"),
    _Scale(1e-3, " ms"),
    _Scale(1, " s"),
    _Scale(60, " mins"),
    _Scale(3600, " hours"),
    _Scale(86_400, " days"),
    _Scale(604_800, " weeks"),
)
_SCALED = {
    "s": _SECONDS,
    "d": (_Scale(1, " day"), _Scale(7, " weeks"), _Scale(365, " years")),
    "short": _powers(1000, "", " K", " Mil", " Bil"),
    "ops": _powers(1000, " ops/s", "K ops/s", "M ops/s"),
    "reqps": _powers(1000, " req/s", "K req/s", "M req/s"),
    "bytes": _powers(1024, " B", " KiB", " MiB", " GiB", " TiB"),
    "watt": _powers(1000, " W", " kW", " MW"),
    "kwatth": _powers(1000, " kWh", " MWh", " GWh"),
}


def shown(value: float, unit: str, decimals: int | None = None) -> str:
    """A number as Grafana writes it; `decimals` of None lets it choose.

    Raises:
        KeyError: when there is no such unit.
    """
    if unit == "bool_yes_no":
        return "Yes" if value else "No"
    if unit == "percentunit":
        return f"{_fixed(value * 100, decimals)}%"
    if unit in _SCALED:
        return _scaled(value, _SCALED[unit], decimals)
    behind = unit.removeprefix(_SUFFIX) if unit.startswith(_SUFFIX) else _BEHIND[unit]
    return f"{_fixed(value, decimals)}{behind}"


def ago(moment: datetime, now: datetime) -> str:
    """How long ago, as `dateTimeFromNow` says it."""
    seconds = abs((now - moment).total_seconds())
    if seconds < 45:
        told = "a few seconds"
    elif seconds < 90 * 60:
        told = f"{max(round(seconds / 60), 1)} minutes"
    elif seconds < 36 * 3600:
        told = f"{round(seconds / 3600)} hours"
    else:
        told = f"{round(seconds / 86_400)} days"
    return f"{told} ago" if moment <= now else f"in {told}"


def _scaled(value: float, scales: tuple[_Scale, ...], decimals: int | None) -> str:
    fitting = [scale for scale in scales if abs(value) >= scale.size]
    if not fitting:
        whole = next(scale for scale in scales if scale.size == 1)
        fitting = [scales[0] if value else whole]
    scale = fitting[-1]
    return f"{_fixed(value / scale.size, decimals)}{scale.behind}"


def _fixed(value: float, decimals: int | None) -> str:
    return f"{value:.{_decimals(value) if decimals is None else decimals}f}"


def _decimals(value: float) -> int:
    """How many Grafana chooses (`getDecimalsForValue`): three digits that mean something, none for whole numbers."""
    if value % 1 == 0:
        return 0
    return max(2 - math.floor(math.log10(abs(value))), 0)
