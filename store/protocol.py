"""What every store must do. Backends: `store.sqlite_*`, `store.influx_*`; all pass `tests/store/suite.py`.

All methods are synchronous and may be called from any thread, one call at a time for each object; a process that
wants to ask from several threads opens several readers. Instants are microseconds since 1970, UTC.
Every method raises `StoreError` when the store refuses or does not answer.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from stadspuls.log import ObservationFrame
from stadspuls.model import Identity, Observation, Reason, Rejection, Value


class Position(NamedTuple):
    """A place in a history: the identity of an observation within its dataset, in the order of histories."""

    observed_at: int
    sensor: str
    observed_property: str


@dataclass(frozen=True, kw_only=True)
class HistoryQuery:
    """Observations of one dataset, oldest first, ordered by (observed_at, sensor, observed_property).

    `start` is included, `end` is not. `after` goes on behind a position. None means no restriction. Sites are short
    ids. `limit` is the most observations to return.
    """

    dataset: str
    start: int | None = None
    end: int | None = None
    sites: frozenset[str] | None = None
    sensors: frozenset[str] | None = None
    properties: frozenset[str] | None = None
    after: Position | None = None
    limit: int = 1000


class RejectedPlace(NamedTuple):
    """A place in the order of rejections."""

    rejected_at: int
    key: str


@dataclass(frozen=True, kw_only=True)
class RejectedQuery:
    """Rejections, newest first; of those of one instant the last one kept comes first.

    By city, dataset, reason, key and time of rejection (`start` included, `end` not). `after` goes on behind a place:
    what is rejected meanwhile comes before it. Where the rejection there is gone, those of its instant count as read.
    """

    city: str | None = None
    dataset: str | None = None
    reason: Reason | None = None
    key: str | None = None
    start: int | None = None
    end: int | None = None
    after: RejectedPlace | None = None
    limit: int = 100


class LogEntry(NamedTuple):
    """One point of the published order: what a frame published in one dataset."""

    published_at: int
    """Of the first observation; the entry's place in the order."""
    frame: ObservationFrame


class LogSpan(NamedTuple):
    """Where one point of the published order lies, without its frame."""

    published_at: int
    """Of the first observation; the entry's place in the order."""
    last_published_at: int
    observations: int


class StoreReader(Protocol):
    """Questions of `streams` and `apis`."""

    def latest(
        self,
        dataset: str,
        *,
        before: int | None = None,
        sites: frozenset[str] | None = None,
        sensors: frozenset[str] | None = None,
        properties: frozenset[str] | None = None,
    ) -> list[Observation]:
        """The newest observation (by `observed_at`) of every sensor and property, ordered by (sensor, property).

        `before` asks for the newest observed before that instant: what was known then. The others restrict as in
        `HistoryQuery`.
        """
        ...

    def history(self, query: HistoryQuery) -> list[Observation]:
        """Observations that the query asks for, in the order of histories."""
        ...

    def identities(self, wanted: Sequence[Identity]) -> dict[Identity, Value]:
        """The values of those identities that are stored; the others are absent."""
        ...

    def stored_through(self) -> dict[str, int]:
        """For every dataset: the `published_at` up to which its published log is in the store."""
        ...

    def log(self, dataset: str, start: int, end: int, limit: int = 1000) -> list[LogEntry]:
        """The published order: entries with start <= published_at < end, oldest first."""
        ...

    def log_index(
        self, dataset: str, start: int, end: int, limit: int = 1000, *, newest_first: bool = False
    ) -> list[LogSpan]:
        """Where the entries lie that `log` would give, oldest first or newest first; cheap, since it reads no frame."""
        ...

    def rejected(self, query: RejectedQuery) -> list[Rejection]:
        """What was kept back, newest first."""
        ...

    def close(self) -> None:
        """Give back what the reader holds."""
        ...


class StoreWriter(Protocol):
    """What the sink, the only writer, does. Writing the same again changes nothing."""

    def write(self, frames: Iterable[ObservationFrame]) -> None:
        """Store observations, the published order and `stored_through`, all or nothing."""
        ...

    def prepare(self, frames: Iterable[ObservationFrame]) -> Callable[[], None]:
        """The same in two steps: what can be done without the store is done now, the rest in the call that comes back.

        That call may come from another thread, and is repeated when it raises. Meanwhile the next may be prepared.
        """
        ...

    def write_rejected(self, rejections: Iterable[Rejection]) -> None:
        """Keep rejections; one with a known key is kept once, as it came first but for a later `replayed_at`.

        What was replayed stays so, also when it is rejected again: what was published is.
        """
        ...

    def note_stored_through(self, through: Mapping[str, int]) -> None:
        """Raise `stored_through` of datasets where it is lower: what was published until then is stored, or expired."""
        ...

    def retain(self, before: Mapping[str, int], rejected_before: int) -> int:
        """Delete what was published (by dataset) or rejected before an instant; returns how much went."""
        ...

    def close(self) -> None:
        """Give back what the writer holds."""
        ...
