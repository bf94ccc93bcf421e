"""What a process tells at `/metrics`, as numbers that can be asked for."""

import math
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from prometheus_client.parser import text_string_to_metric_families

from stadspuls.metrics import NAMESPACE


class Sample(NamedTuple):
    """One line of the text form."""

    labels: Mapping[str, str]
    value: float


class Samples:
    """The samples of one answer; names are given without `stadspuls_`."""

    def __init__(self, by_name: Mapping[str, list[Sample]]) -> None:
        self._by_name = by_name

    def each(self, name: str, **labels: str) -> Iterable[Sample]:
        """The samples of a metric that have these labels; those that are no number (`NaN`) are left out."""
        for sample in self._by_name.get(f"{NAMESPACE}_{name}", ()):
            if labels.items() <= sample.labels.items() and not math.isnan(sample.value):
                yield sample

    def total(self, name: str, **labels: str) -> float:
        """Their sum; 0 where there is none."""
        return sum(sample.value for sample in self.each(name, **labels))

    def by(self, name: str, label: str, **labels: str) -> dict[str, float]:
        """Their sums by the values of a label."""
        sums: dict[str, float] = {}
        for sample in self.each(name, **labels):
            key = sample.labels.get(label, "")
            sums[key] = sums.get(key, 0.0) + sample.value
        return sums

    def __bool__(self) -> bool:
        return any(name.startswith(f"{NAMESPACE}_") for name in self._by_name)


NOTHING = Samples({})


def parse(text: str) -> Samples:
    """The samples of Prometheus' text form.

    Raises:
        ValueError: when it is none.
    """
    by_name: dict[str, list[Sample]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            by_name.setdefault(sample.name, []).append(Sample(sample.labels, sample.value))
    return Samples(by_name)


def quantile(share: float, buckets: Mapping[float, float]) -> float | None:
    """A quantile of a histogram whose buckets count what is at most their key, as Prometheus estimates it.

    None where there is nothing in it. What is beyond the last limit counts as that limit.
    """
    limits = sorted(buckets)
    if not limits or buckets[limits[-1]] <= 0:
        return None
    rank = share * buckets[limits[-1]]
    below, count_below = 0.0, 0.0
    for limit in limits:
        count = buckets[limit]
        if count >= rank and count > count_below:
            if math.isinf(limit):
                return below
            return below + (limit - below) * (rank - count_below) / (count - count_below)
        below, count_below = limit, count
    return below
