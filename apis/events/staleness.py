"""Which datasets have no news by their own rhythm."""

from apis.events.models import Stale
from apis.live import LiveState
from apis.rhythm import next_expected
from stadspuls.clock import to_datetime
from stadspuls.registry import Dataset


class Staleness:
    """Watches one dataset; asked once a second, it computes only when a value is overdue."""

    def __init__(self, dataset: Dataset, live: LiveState) -> None:
        self.dataset = dataset
        self._live = live
        self._due: int | None = None
        self._seen: int | None = None
        self.stale: Stale | None = None
        """What is to be said while the dataset is silent."""

    def look(self, now: int) -> bool:
        """Whether the dataset has just become stale."""
        published = self._live.latest.newest_published(self.dataset.name)
        if published is None or (self.stale is not None and published == self._seen):
            return False
        if self._due is not None and now <= self._due:
            self.stale = None
            return False
        observations = self._live.latest.of(self.dataset.name)
        self._seen = published
        self._due = next_expected(self.dataset, observations)
        was_stale = self.stale is not None
        self.stale = None
        if self._due is not None and now > self._due:
            newest = max(o.observed_at for o in observations)
            self.stale = Stale(self.dataset.name, to_datetime(self._due), to_datetime(newest))
        return self.stale is not None and not was_stale
