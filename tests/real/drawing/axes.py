"""Axes: round numbers to write beside one, and round times below one."""

import math
from collections.abc import Mapping, Sequence
from datetime import timedelta, tzinfo
from typing import Any, NamedTuple

from stadspuls.clock import DAY, HOUR, MINUTE, SECOND, to_datetime, to_us
from tests.real.drawing.answers import Range, Series

_MOST_TIMES = 8
_TIME_STEPS = (
    *(10 * SECOND, 30 * SECOND, MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 30 * MINUTE),
    *(HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY),
)


class Axis(NamedTuple):
    """From which value to which, and where numbers stand."""

    low: float
    high: float
    ticks: list[float]

    def decimals(self) -> int | None:
        """As many as tell the numbers beside it apart, where they are small; else whoever writes them chooses."""
        if self.high >= 1000:
            return None
        return next(few for few in range(10) if all(round(tick, few) == tick for tick in self.ticks))

    def place(self, value: float) -> float:
        """Where a value lies: 0 at the bottom, 1 at the top."""
        return (value - self.low) / (self.high - self.low)


def value_axis(series: Sequence[Series], defaults: Mapping[str, Any], rows: int = 5) -> Axis:
    """The axis that Grafana would choose: what there is, stretched to soft bounds, cut at hard ones."""
    values = [value for each in series for _, value in each.points if value is not None]
    custom = defaults.get("custom", {})
    low, high = (soft(custom, bound, edge(values)) for bound, edge in (("axisSoftMin", min), ("axisSoftMax", max)))
    low, high = defaults.get("min", low), defaults.get("max", high)
    if high <= low:
        # As Grafana: a flat nothing has an axis up to 100.
        high = low + (abs(low) or 100)
    step = _round_step((high - low) / rows, binary=defaults["unit"] == "bytes")
    low = low if "min" in defaults else math.floor(low / step) * step
    high = high if "max" in defaults else math.ceil(high / step) * step
    count = math.floor((high - low) / step + 1e-9)
    return Axis(low, high, [round(low + step * i, 12) for i in range(count + 1)])


def soft(custom: Mapping[str, Any], bound: str, value: float) -> float:
    """A bound that stretches an axis, and gives way to what lies beyond it."""
    if bound not in custom:
        return value
    return float(min(custom[bound], value) if bound == "axisSoftMin" else max(custom[bound], value))


def time_ticks(shown: Range, zone: tzinfo) -> list[tuple[int, str]]:
    """Round instants in a range, with what is written below them."""
    length = shown.stop - shown.start
    step = next((one for one in _TIME_STEPS if length / one <= _MOST_TIMES), DAY)
    midnight = to_datetime(shown.start, zone).replace(hour=0, minute=0, second=0, microsecond=0)
    first = to_us(midnight)
    count = math.ceil((shown.start - first) / step)
    instants = range(first + count * step, shown.stop + 1, step)
    return [(at, _told(at, step, zone)) for at in instants]


def _told(at: int, step: int, zone: tzinfo) -> str:
    moment = to_datetime(at, zone)
    if step >= DAY or timedelta(hours=moment.hour, minutes=moment.minute, seconds=moment.second) == timedelta():
        return f"{moment:%d/%m}"
    return f"{moment:%H:%M:%S}" if step < MINUTE else f"{moment:%H:%M}"


def _round_step(rough: float, *, binary: bool) -> float:
    if binary:
        return float(2 ** math.ceil(math.log2(rough)))
    power: float = 10.0 ** math.floor(math.log10(rough))
    return next(power * one for one in (1, 2, 2.5, 5, 10) if power * one >= rough * 0.999)
