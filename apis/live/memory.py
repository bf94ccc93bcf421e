"""The published log of every dataset in memory, from where the store ends to what is published now."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping

from apis.live.feed import FAR, Feed
from stadspuls.clock import MINUTE, now_us
from stadspuls.log import ObservationFrame
from stadspuls.model import Observation
from stadspuls.registry import Dataset

KEPT = MINUTE
"""What is stored stays this long all the same: most clients that come back do so within seconds."""
MOST_HELD = 100_000
"""Observations held at most, about 100 MB; beyond it the oldest go. Who needs them waits until the store has them."""
LOST_SECONDS = 600.0
"""How long a lost Kafka's observations are expected again: the bridge sends them as soon as there is a Kafka."""


class Memory:
    """One feed for each dataset given; the rest of the log is passed over. Fed and read in one thread."""

    def __init__(self, datasets: Iterable[Dataset]) -> None:
        self.feeds = {dataset.name: Feed(dataset) for dataset in datasets}
        self.known = False
        """Whether the store has said how far it reaches; before that no position is known."""
        self.listener: Callable[[Feed], None] = _nobody
        """Called with each feed that has something new to read."""
        self._held = 0
        self._rejoined = 0.0

    def take_up(self, datasets: Iterable[Dataset]) -> bool:
        """Go on with these datasets; whether some are new, and must be joined to the log."""
        known = {dataset.name: dataset for dataset in datasets}
        for name in self.feeds.keys() - known.keys():
            self._held -= self.feeds.pop(name).forget(FAR)
        for name, feed in self.feeds.items():
            feed.dataset = known[name]
        added = {name: Feed(dataset) for name, dataset in known.items() if name not in self.feeds}
        self.feeds |= added
        return bool(added)

    def take(self, frame: ObservationFrame) -> None:
        """Append what a frame published."""
        for name, observations in _by_dataset(frame):
            feed = self.feeds.get(name)
            if feed is None:
                continue
            if taken := feed.take(observations):
                self._held += taken
                self.listener(feed)
        while self._held > MOST_HELD:
            self._held -= min(self.feeds.values(), key=lambda feed: feed.oldest).forget_oldest()

    def rejoin(self, stored: Mapping[str, int]) -> None:
        """Join every feed to the log anew: what comes from now on is all that lies behind `stored`."""
        self.known = True
        for name, feed in self.feeds.items():
            self._rejoin(feed, stored.get(name, 0))

    def advance(self, stored: Mapping[str, int], *, followed: bool) -> None:
        """The store has the log that far; while the log is not followed, the store is what goes on."""
        self.known = True
        for name, feed in self.feeds.items():
            through = stored.get(name, 0)
            if feed.joined and not followed and through > feed.newest:
                self._rejoin(feed, through)
            elif feed.advance(through):
                self.listener(feed)
        self._forget()

    def _rejoin(self, feed: Feed, stored: int) -> None:
        self._held -= feed.rejoin(stored)
        self._rejoined = time.monotonic()
        self.listener(feed)

    def _forget(self) -> None:
        settled = time.monotonic() - self._rejoined > LOST_SECONDS
        kept = now_us() - KEPT
        for feed in self.feeds.values():
            self._held -= feed.forget(min(feed.stored, kept))
            if settled:
                feed.forget_lost()


def _by_dataset(frame: ObservationFrame) -> Iterator[tuple[str, list[Observation]]]:
    found: dict[tuple[str, str], list[Observation]] = {}
    for observation in frame.observations:
        stream = observation.datastream
        found.setdefault((stream.city, stream.theme), []).append(observation)
    for (city, theme), observations in found.items():
        yield f"{city}/{theme}", observations


def _nobody(_feed: Feed) -> None:
    """Nobody listens yet."""
