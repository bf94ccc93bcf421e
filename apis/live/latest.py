"""The newest observation (by `observed_at`) of every datastream; an older reading never replaces a newer one."""

from bisect import bisect_right
from collections import defaultdict, deque
from collections.abc import Callable, Iterable

from stadspuls.log import ObservationFrame
from stadspuls.model import Observation

REMEMBERED_FRAMES = 4096
"""Published instants kept for each dataset to tell how long the store is behind: at 20 frames/s over three minutes."""


class Latest:
    """What was observed last, by dataset; fed from one thread."""

    def __init__(self) -> None:
        self._values: dict[str, dict[tuple[str, str], Observation]] = defaultdict(dict)
        self._ordered: dict[str, tuple[Observation, ...]] = {}
        self._published: dict[str, int] = {}
        self._observed: dict[str, int] = {}
        self._shown: Callable[[Observation], bool] = _every
        self._frames: dict[str, deque[int]] = defaultdict(lambda: deque(maxlen=REMEMBERED_FRAMES))

    def show(self, shown: Callable[[Observation], bool]) -> None:
        """Give only these from now on; the others are remembered all the same."""
        self._shown = shown
        self._ordered.clear()

    def merge(self, observations: Iterable[Observation]) -> None:
        """Take observations in any order; each counts only where it is newer than what is here."""
        for observation in observations:
            stream = observation.datastream
            dataset = stream.dataset
            if observation.published_at > self._published.get(dataset, 0):
                self._published[dataset] = observation.published_at
            values = self._values[dataset]
            key = (stream.sensor, stream.observed_property)
            held = values.get(key)
            if held is None or observation.observed_at > held.observed_at:
                values[key] = observation
                self._ordered.pop(dataset, None)
                if observation.observed_at > self._observed.get(dataset, observation.observed_at - 1):
                    self._observed[dataset] = observation.observed_at

    def take(self, frame: ObservationFrame) -> None:
        """Merge a frame of the published log, and remember when it was published."""
        first: dict[str, int] = {}
        for observation in frame.observations:
            first.setdefault(observation.datastream.dataset, observation.published_at)
        for dataset, published_at in first.items():
            if published_at > self._published.get(dataset, 0):
                self._frames[dataset].append(published_at)
        self.merge(frame.observations)

    def of(self, dataset: str) -> tuple[Observation, ...]:
        """The dataset's newest observations, ordered by (site, sensor, property)."""
        ordered = self._ordered.get(dataset)
        if ordered is None:
            values = self._values[dataset].values() if dataset in self._values else ()
            ordered = tuple(sorted(filter(self._shown, values), key=_place))
            self._ordered[dataset] = ordered
        return ordered

    def hidden(self, dataset: str) -> list[Observation]:
        """The dataset's newest observations that are not given any more, in no order."""
        values = self._values[dataset].values() if dataset in self._values else ()
        return [observation for observation in values if not self._shown(observation)]

    def datasets(self) -> list[str]:
        """Every dataset that has a value."""
        return list(self._values)

    def newest_published(self, dataset: str) -> int | None:
        """When the dataset's newest observation was published; also a late one counts."""
        return self._published.get(dataset)

    def newest_observed(self, dataset: str) -> int | None:
        """When the dataset's newest observation was observed."""
        return self._observed.get(dataset)

    def waiting_since(self, dataset: str, stored_through: int) -> int | None:
        """When the oldest frame was published that is not in the store yet; None when all are."""
        if self._published.get(dataset, 0) <= stored_through:
            return None
        frames = self._frames[dataset]
        place = bisect_right(frames, stored_through)
        return frames[place] if place < len(frames) else self._published[dataset]


def _place(observation: Observation) -> tuple[str, str, str]:
    stream = observation.datastream
    return stream.site, stream.sensor, stream.observed_property


def _every(_observation: Observation) -> bool:
    return True
