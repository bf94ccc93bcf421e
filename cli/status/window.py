"""Counters of two looks compared; with one look alone, what was counted since the processes were started."""

from collections.abc import Iterable, Mapping, Sequence

from cli.status.asking import Told
from cli.status.samples import Samples

_LEAST_SECONDS = 1.0


class Window:
    """What came between an earlier look and this one, over all processes."""

    def __init__(self, now: Sequence[Told], before: Sequence[Told] = ()) -> None:
        earlier = {told.url: told for told in before if told.samples}
        self._pairs = [(told, earlier.get(told.url)) for told in now if told.samples]
        self.whole_life = not any(before for _, before in self._pairs)

    @property
    def seconds(self) -> float:
        """How long it is; of several processes the longest."""
        return max((self._length(now, before) for now, before in self._pairs), default=0.0)

    def total(self, name: str, **labels: str) -> float:
        """How much a counter grew."""
        return sum(self._grown(now, before, name, "", labels).get("", 0.0) for now, before in self._pairs)

    def by(self, name: str, label: str, **labels: str) -> dict[str, float]:
        """The same by the values of a label."""
        return _summed(self._grown(now, before, name, label, labels) for now, before in self._pairs)

    def per_minute(self, name: str, **labels: str) -> float:
        """How fast a counter grew."""
        return sum(
            60 * self._grown(now, before, name, "", labels).get("", 0.0) / self._length(now, before)
            for now, before in self._pairs
        )

    def per_minute_by(self, name: str, label: str, **labels: str) -> dict[str, float]:
        """The same by the values of a label."""
        return _summed(
            {
                key: 60 * grown / self._length(now, before)
                for key, grown in self._grown(now, before, name, label, labels).items()
            }
            for now, before in self._pairs
        )

    def buckets(self, name: str) -> dict[float, float]:
        """How much each bucket of a histogram grew, by its limit."""
        return {float(limit): grown for limit, grown in self.by(f"{name}_bucket", "le").items()}

    @staticmethod
    def _grown(now: Told, before: Told | None, name: str, label: str, labels: Mapping[str, str]) -> dict[str, float]:
        then = before.samples.by(name, label, **labels) if before else {}
        grown = {}
        for key, count in now.samples.by(name, label, **labels).items():
            # A counter that is lower than it was has begun anew.
            grown[key] = count - then.get(key, 0.0) if count >= then.get(key, 0.0) else count
        return grown

    @staticmethod
    def _length(now: Told, before: Told | None) -> float:
        return max(now.at - (before.at if before else begun(now.samples, now.at)), _LEAST_SECONDS)


def begun(samples: Samples, otherwise: float) -> float:
    """When the first of the processes that an address tells of was started, in Unix time."""
    return min((sample.value for sample in samples.each("process_start_timestamp_seconds")), default=otherwise)


def _summed(each: Iterable[Mapping[str, float]]) -> dict[str, float]:
    sums: dict[str, float] = {}
    for one in each:
        for key, value in one.items():
            sums[key] = sums.get(key, 0.0) + value
    return sums
