"""What stands at the public broker, and what is to stand there: one message for each site that has a value.

Nothing in it waits or sends. A message holds the site's whole state, so whatever changes while one may not be sent yet
goes into the next.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby

import msgspec

from apis.mqtt.models import SiteMessage
from apis.mqtt.topics import places
from apis.mqtt.writing import SiteWriter
from stadspuls.clock import to_us
from stadspuls.model import Observation
from stadspuls.registry import Dataset

INTERVAL = 1.0
"""Seconds between two messages of a site, at least: people look, they do not count frames."""
CLEARED = b""
"""A broker forgets a retained message when an empty one takes its place."""

Series = tuple[str, str]
"""Sensor and property."""


class Board:
    """The messages of all sites of some datasets; used from one thread."""

    def __init__(self, datasets: Iterable[Dataset], base_url: str, clock: Callable[[], float]) -> None:
        shown = list(datasets)
        self._clock = clock
        self._places = places(shown)
        self._topics = {(dataset.name, site.id): topic for topic, (dataset, site) in self._places.items()}
        self._writers = {dataset.name: SiteWriter(dataset, base_url) for dataset in shown}
        self._seen: dict[str, Sequence[Observation]] = {}
        self._states: dict[str, tuple[Observation, ...]] = {}
        self._waiting: dict[str, float] = {}
        self._sent: dict[str, float] = {}
        self._strays: dict[str, None] = {}
        self._newer: dict[str, dict[Series, int]] = {}

    @property
    def messages(self) -> int:
        """How many sites have a message."""
        return len(self._states)

    @property
    def waited(self) -> float:
        """For how many seconds the oldest change has waited to be sent."""
        oldest = next(iter(self._waiting.values()), None)
        return 0.0 if oldest is None else self._clock() - oldest

    def look(self, dataset: str, observations: Sequence[Observation]) -> None:
        """Take a dataset's newest observations, ordered by site; the very same object as before has no news."""
        if self._seen.get(dataset) is observations:
            return
        self._seen[dataset] = observations
        now = self._clock()
        for site, group in groupby(observations, key=lambda o: o.datastream.site):
            topic = self._topics.get((dataset, site))
            state = tuple(group)
            if topic is not None and self._states.get(topic) != state:
                self._states[topic] = state
                self._waiting.setdefault(topic, now)

    def begin(self) -> None:
        """A connection begins, and nobody knows what the broker holds: send everything."""
        self._strays.clear()
        self._newer.clear()
        now = self._clock()
        for topic in self._states:
            self._waiting.setdefault(topic, now)

    def found(self, topic: str, payload: bytes) -> None:
        """The broker holds a message: one that may not stand there goes, a newer one stays until `release`."""
        if not payload:
            return
        if topic not in self._places:
            self._strays[topic] = None
        elif observed := _observed(payload):
            self._newer[topic] = observed

    def release(self) -> None:
        """What could be read of the log has been read: what the broker had beyond it is no longer so."""
        self._strays |= dict.fromkeys(self._newer.keys() - self._states.keys())
        self._newer.clear()

    def due(self) -> Iterator[tuple[str, bytes]]:
        """Topic and payload of what is to be sent now; what was taken counts as sent."""
        while self._strays:
            topic, _ = self._strays.popitem()
            yield topic, CLEARED
        now = self._clock()
        for topic in list(self._waiting):
            if now - self._sent.get(topic, -INTERVAL) >= INTERVAL and not self._is_older(topic):
                del self._waiting[topic]
                self._sent[topic] = now
                yield topic, self._write(topic)

    def _is_older(self, topic: str) -> bool:
        """Whether the broker holds a later reading: this process has not come as far as one before it."""
        newer = self._newer.get(topic)
        if newer is None:
            return False
        held = {(o.datastream.sensor, o.datastream.observed_property): o.observed_at for o in self._states[topic]}
        if any(held.get(series, -1) < observed_at for series, observed_at in newer.items()):
            return True
        del self._newer[topic]
        return False

    def _write(self, topic: str) -> bytes:
        dataset, site = self._places[topic]
        return self._writers[dataset.name].write(site, self._states[topic])


def _observed(payload: bytes) -> dict[Series, int]:
    """When each series of a message was observed; nothing where it is no message of ours."""
    try:
        message = msgspec.json.decode(payload, type=SiteMessage)
    except msgspec.DecodeError:
        return {}
    return {(entry.sensor, entry.observed_property): to_us(entry.observed_at) for entry in message.observations}
