"""Flux as this store asks it: every name and every text of others comes in through `literal`."""

from collections.abc import Iterable, Mapping, Sequence

from stadspuls.clock import rfc3339
from stadspuls.influx_text import literal, plain

EARLIEST, LATEST = -9_223_372_036_854_775, 9_223_372_036_854_775
"""The microseconds that InfluxDB can hold: 1677 to 2262."""

FIRST_NS, LAST_NS = -9_223_372_036_854_775_806, 9_223_372_036_854_775_806
_NS = 1_000_000_000


def clamped(us: int) -> int:
    """An instant, or the nearest that InfluxDB can hold."""
    return min(max(us, EARLIEST), LATEST)


def range_ns(start: int, stop: int) -> str:
    """The range from `start` (included) to `stop` (not), in nanoseconds since 1970."""
    return f"range(start: time(v: {max(start, FIRST_NS)}), stop: time(v: {min(stop, LAST_NS)}))"


def range_us(start: int, stop: int) -> str:
    """The range from `start` (included) to `stop` (not), in microseconds since 1970."""
    return range_ns(start * 1000, stop * 1000)


def source(
    bucket: str, times: str, measurement: str, field: str, tags: Mapping[str, Iterable[str]], *, chunks: bool = False
) -> str:
    """One field of one measurement (or, as `chunks`, all that are that name and a number), restricted by tags."""
    tests = [
        f"r._measurement == {literal(measurement)}",
        f"r._field =~ /^{field}[0-9]+$/" if chunks else f"r._field == {literal(field)}",
        *(_is_one_of(tag, values) for tag, values in tags.items()),
    ]
    return f"from(bucket: {literal(bucket)}) |> {times} |> filter(fn: (r) => {' and '.join(tests)})"


def keep(*columns: str) -> str:
    """Leave out every other column."""
    return f"|> keep(columns: [{', '.join(map(literal, columns))}])"


def _is_one_of(tag: str, values: Iterable[str]) -> str:
    return _either([f"r.{tag} == {literal(plain(value))}" for value in sorted(values)])


def _either(tests: Sequence[str]) -> str:
    # As a balanced tree: Flux refuses what is nested deep, as one long chain is.
    if len(tests) == 1:
        return tests[0]
    half = len(tests) // 2
    return f"({_either(tests[:half])} or {_either(tests[half:])})"


def predicate(measurement: str, tags: Mapping[str, str]) -> str:
    """What a deletion is about. A held text has no quotes and no backslashes, so nothing in it needs an escape."""
    tests = [f'_measurement="{measurement}"', *(f'{tag}="{plain(value)}"' for tag, value in tags.items())]
    return " AND ".join(tests)


def rfc3339_ns(ns: int) -> str:
    """Nanoseconds since 1970 in the form in which deletions take them."""
    ns = min(max(ns, FIRST_NS), LAST_NS)
    return f"{rfc3339(ns // _NS * 1_000_000)[:-1]}.{ns % _NS:09d}Z"
