"""Windowed results worked out slowly, microsecond range by microsecond range, straight from their definition."""

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from stadspuls.model import Observation, Origin, Quality
from store.grid import Grid
from store.windows import Rules, SeriesRule, Window


class Asked(NamedTuple):
    start: int | None
    end: int | None
    now: int | None


def naive_windows(observations: Sequence[Observation], grid: Grid, rules: Rules, asked: Asked) -> list[Window]:
    """Every window that holds a moment of what is asked, and in which something counts or is known."""
    start, end, now = asked
    series: dict[tuple[str, str], list[Observation]] = defaultdict(list)
    for o in sorted(observations, key=lambda o: o.observed_at):
        series[o.datastream.sensor, o.datastream.observed_property].append(o)
    found = [
        window
        for key, own in series.items()
        for first in _window_starts(own, grid, rules)
        if (start is None or grid.end_of(first) > start) and (end is None or first < end)
        if (window := _window(own, first, grid.end_of(first), rules(*key), now))
    ]
    return sorted(found, key=lambda w: w.position)


def _window_starts(own: list[Observation], grid: Grid, rules: Rules) -> set[int]:
    starts = set()
    for o in own:
        rule = rules(o.datastream.sensor, o.datastream.observed_property)
        at = grid.start_of(o.observed_at - rule.shift)
        starts.add(at)
        while rule.sampling == "on-change" and (at := grid.end_of(at)) < o.observed_at + rule.max_age:
            starts.add(at)
    return starts


def _window(own: list[Observation], start: int, end: int, rule: SeriesRule, now: int | None) -> Window | None:
    inside = [o for o in own if start <= o.observed_at - rule.shift < end]
    good = [o for o in inside if o.quality is Quality.GOOD]
    spans = _known_spans(own, start, end, rule, now) if rule.sampling == "on-change" else []
    if not good and not spans:
        return None
    numbers = [float(o.value) for o in good if not isinstance(o.value, str)] + [float(o.value) for o, _ in spans]
    weights = [(float(o.value), length) for o, length in spans]
    if rule.sampling == "periodic":
        weights = [(value, 1) for value in numbers]
    total = sum(weight for _, weight in weights)
    last = max([*good, *(o for o, _ in spans)], key=lambda o: o.observed_at).datastream
    origins = {o.datastream.origin for o in [*good, *(o for o, _ in spans)]}
    coverage = None
    if numbers and rule.sampling == "on-change":
        coverage = total / (end - start)
    elif numbers and rule.period:
        coverage = min(1.0, len(good) * rule.period / (end - start))
    return Window(
        last.site,
        last.sensor,
        last.observed_property,
        last.unit,
        next(o for o in (Origin.SIMULATED, Origin.REPLAYED, Origin.MEASURED) if o in origins),
        start,
        end,
        sum(value * weight for value, weight in weights) / total if total else None,
        min(numbers, default=None),
        max(numbers, default=None),
        len(good),
        coverage,
    )


def _known_spans(
    own: list[Observation], start: int, end: int, rule: SeriesRule, now: int | None
) -> list[tuple[Observation, int]]:
    spans = []
    for o, following in zip(own, [*own[1:], None], strict=True):
        until = min(
            end,
            o.observed_at + rule.max_age,
            following.observed_at if following else end,
            end if now is None else now,
        )
        length = until - max(start, o.observed_at)
        if length > 0 and o.quality is Quality.GOOD and not isinstance(o.value, str):
            spans.append((o, length))
    return spans
