"""One dataset's published log as far as memory holds it: read by position, joined without a seam to the store.

A position is a `published_at`. The store has everything up to `stored`; memory has everything above `floor`, up to
`newest`. Whoever reads goes on from its own position: below `floor` the store is asked, above it memory.
"""

from bisect import bisect_right
from collections.abc import Sequence

from apis.live.lost import Lost
from stadspuls.model import Observation
from stadspuls.registry import Dataset

FAR = 2**63 - 1
"""The floor of a feed that is not joined to the log yet: every position lies below it, in the store."""
MOST_LOST = 3
"""How many rejoins are remembered; more in a few minutes are a Kafka that does not run at all."""
RECENT = 40
"""Chunks whose written forms are kept: two seconds of frames, for all readers that keep up."""


class Chunk:
    """What one frame published in one dataset, and the forms in which it was written already."""

    __slots__ = ("first", "last", "observations", "retold", "written")

    def __init__(self, observations: Sequence[Observation], *, retold: bool) -> None:
        self.observations = observations
        self.retold = retold
        """Whether some of it was told before, at another position; see `Lost`."""
        self.first = observations[0].published_at
        self.last = observations[-1].published_at
        self.written: dict[object, object] = {}


class Feed:
    """The newest part of one dataset's published log."""

    def __init__(self, dataset: Dataset) -> None:
        self.dataset = dataset
        self.stored = 0
        """Up to here the store has the log, when it was last asked."""
        self.floor = FAR
        self.newest = 0
        self.rejoins = 0
        """How often the log was joined anew; a reader notes its position at each."""
        self.lost: tuple[Lost, ...] = ()
        self._chunks: list[Chunk] = []
        self._lasts: list[int] = []
        self._sure = 0

    @property
    def joined(self) -> bool:
        """Whether memory goes on where the store ends."""
        return self.floor != FAR

    @property
    def head(self) -> int:
        """Where the log ends now: who begins here gets what is published from now on."""
        return max(self.newest, self.stored)

    @property
    def reach(self) -> int:
        """The position up to which the store can be read; from there on memory goes on."""
        return min(self.floor, self.stored)

    @property
    def oldest(self) -> int:
        """When the oldest chunk in memory was published."""
        return self._chunks[0].first if self._chunks else FAR

    def after(self, position: int) -> Sequence[Chunk] | None:
        """The chunks behind a position, oldest first; None where memory does not reach back to it."""
        if position < self.floor:
            return None
        return self._chunks[bisect_right(self._lasts, position) :]

    def take(self, observations: Sequence[Observation]) -> int:
        """Append what a frame published; what is known by its position is left out. Returns how many were new."""
        if not self.joined:
            return 0
        if observations[0].published_at <= self.newest:
            observations = [o for o in observations if o.published_at > self.newest]
            if not observations:
                return 0
        chunk = Chunk(observations, retold=self._retells(observations))
        self._chunks.append(chunk)
        self._lasts.append(chunk.last)
        self.newest = chunk.last
        if len(self._chunks) > RECENT:
            self._chunks[-RECENT - 1].written.clear()
        return len(observations)

    def advance(self, stored: int) -> bool:
        """The store has the log up to `stored`; returns whether a reader may wait for that."""
        awaited = self.floor > self.stored and stored > self.stored
        self.stored = max(stored, self.stored)
        if stored <= self.newest:
            self._sure = max(stored, self._sure)
        return awaited

    def rejoin(self, stored: int) -> int:
        """Join the log anew: what follows comes from behind `stored` again. Returns how many left memory."""
        self.rejoins += 1
        gone_along = [o for chunk in self._chunks for o in chunk.observations if o.published_at > self._sure]
        if gone_along:
            self.lost = (*self.lost, Lost(self.rejoins, gone_along))[-MOST_LOST:]
        kept = bisect_right(self._lasts, stored)
        if not kept or self._lasts[kept - 1] != stored:
            # Memory and store do not meet in a frame's end: begin anew behind the store.
            kept = 0
            self.floor = stored
        gone = sum(len(chunk.observations) for chunk in self._chunks[kept:])
        del self._chunks[kept:], self._lasts[kept:]
        self.stored = self.newest = self._sure = stored
        return gone

    def _retells(self, observations: Sequence[Observation]) -> bool:
        return any(lost.retells(o) for lost in self.lost for o in observations)

    def forget_lost(self) -> None:
        """Nothing that was lost is expected again."""
        self.lost = ()

    def forget(self, through: int) -> int:
        """Let go of the chunks up to a position; returns how many observations went."""
        count = bisect_right(self._lasts, through)
        gone = sum(len(chunk.observations) for chunk in self._chunks[:count])
        if count:
            self.floor = self._lasts[count - 1]
            del self._chunks[:count], self._lasts[:count]
        return gone

    def forget_oldest(self) -> int:
        """Let go of the oldest chunk, stored or not; returns how many observations went."""
        return self.forget(self._lasts[0])
