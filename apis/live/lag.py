"""How far each stage is behind the one before it: frames that wait, and for how long nothing moved."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Backlog:
    """Frames that wait before a stage, and the longest that a partition stood still while some waited, in seconds."""

    frames: int = 0
    standstill: float = 0.0


@dataclass
class _Partition:
    place: int
    waiting: int
    since: float


class Lags:
    """Measures one stage's backlog from repeated looks at where it is and where its input ends.

    A stage that moves is only slow; one that stands still with frames waiting is down.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._partitions: dict[int, _Partition] = {}

    def look(self, places: Mapping[int, int], ends: Mapping[int, int]) -> None:
        """By partition: the next offset the stage will read, and the offset behind the last that is there."""
        now = self._clock()
        for partition, end in ends.items():
            place = places.get(partition, 0)
            waiting = max(0, end - place)
            before = self._partitions.get(partition)
            stuck = before is not None and before.waiting > 0 and before.place == place and waiting > 0
            since = before.since if before is not None and stuck else now
            self._partitions[partition] = _Partition(place, waiting, since)

    def backlog(self) -> Backlog:
        """What waits now, over all partitions."""
        now = self._clock()
        waiting = [partition for partition in self._partitions.values() if partition.waiting]
        standstill = max((now - partition.since for partition in waiting), default=0.0)
        return Backlog(sum(partition.waiting for partition in waiting), standstill)
