"""What a worker knows of its partition: a fold over the published log and over births, never written anywhere else.

The same function, `apply`, runs over the store's newest observations and the log's tail at takeover, and over every
observation published afterwards; so a worker that takes over knows what its predecessor knew.
"""

from collections import deque
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from stadspuls.clock import MINUTE
from stadspuls.model import Observation, Quality, Value
from streams.births import Births

HORIZON = 10 * MINUTE
"""How long identities are remembered at least; older ones are asked of the store."""


class Newest(NamedTuple):
    """The newest observed value of a datastream."""

    observed_at: int
    value: Value
    quality: Quality


class DatasetState:
    """What one dataset has published last."""

    def __init__(self) -> None:
        self.last_published = 0
        self.newest: dict[tuple[str, str], Newest] = {}
        """By sensor and property."""
        self.recent: dict[tuple[str, str, int], Value] = {}
        """Identities published lately: sensor, property, observed_at."""
        self._order: deque[tuple[int, tuple[str, str, int]]] = deque()

    def apply(self, observation: Observation) -> None:
        """Take in one published observation; taking it in twice changes nothing."""
        stream = observation.datastream
        key = (stream.sensor, stream.observed_property)
        self.last_published = max(self.last_published, observation.published_at)
        newest = self.newest.get(key)
        if newest is None or observation.observed_at > newest.observed_at:
            self.newest[key] = Newest(observation.observed_at, observation.value, observation.quality)
        identity = (*key, observation.observed_at)
        if identity not in self.recent:
            self.recent[identity] = observation.value
            self._order.append((observation.published_at, identity))

    def forget(self, before: int) -> None:
        """Forget identities published before an instant."""
        while self._order and self._order[0][0] < before:
            del self.recent[self._order.popleft()[1]]


class PartitionState:
    """The datasets of one partition, and how far its input is published."""

    def __init__(self, source_offset: int = -1) -> None:
        self.source_offset = source_offset
        """The newest input frame whose output is complete in the log."""
        self.datasets: dict[str, DatasetState] = {}
        self.births = Births()
        """What its senders have announced."""

    def dataset(self, name: str) -> DatasetState:
        """The state of a dataset, empty when it has published nothing."""
        state = self.datasets.get(name)
        if state is None:
            state = self.datasets[name] = DatasetState()
        return state

    def apply(self, observations: Iterable[Observation]) -> None:
        """Take in published observations."""
        for observation in observations:
            self.dataset(observation.datastream.dataset).apply(observation)

    def forget(self, now: int, stored_through: Mapping[str, int]) -> None:
        """Forget identities older than the horizon, but none that the store cannot answer for yet."""
        for name, state in self.datasets.items():
            state.forget(min(now - HORIZON, stored_through.get(name, 0)))
