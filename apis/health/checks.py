"""One check for each part of the platform, from what the API sees of it; pure but for the clock handed in."""

from collections.abc import Iterable, Mapping, Sequence

from apis.access import visible_datasets
from apis.durations import human
from apis.health.models import Check, Status
from apis.live import Backlog, Latest, LiveState
from apis.rhythm import rhythm
from stadspuls.clock import MINUTE, SECOND, to_datetime
from stadspuls.model import Observation
from stadspuls.registry import Dataset, Registry

STANDSTILL_WARN = 5.0
STANDSTILL_FAIL = 20.0
"""Seconds without a step while frames wait: a stage that restarts needs about five, the longest try lasts ten."""
MANY_FRAMES = 1000
"""Fifty seconds of one partition's frames at one every 50 ms: such a stage moves, but not fast enough."""
UNSTORED_WARN = 10 * SECOND
UNSTORED_FAIL = MINUTE
STALE_RHYTHMS = 3
"""A dataset is stale when this many values in a row did not come."""
MOST_NAMED = 5


def log_check(live: LiveState, now: int) -> Check:
    """Whether the published log can be followed."""
    if live.trouble is not None:
        return Check(Status.FAIL, f"the published log is not followed: {live.trouble}", to_datetime(now))
    return Check(Status.PASS, "the published log is followed", to_datetime(now))


def backlog_check(stage: str, backlog: Backlog, known: bool, now: int) -> Check:
    """Whether a stage keeps up; not `known` while Kafka does not answer."""
    if not known:
        return Check(Status.WARN, f"what waits for {stage} is not known while Kafka does not answer", to_datetime(now))
    frames, standstill = backlog.frames, backlog.standstill
    status, output = Status.PASS, f"{frames} frames wait for {stage}"
    if frames >= MANY_FRAMES:
        status, output = Status.WARN, f"{stage} is behind: {frames} frames wait"
    if standstill >= STANDSTILL_WARN:
        status = Status.FAIL if standstill >= STANDSTILL_FAIL else Status.WARN
        output = f"{stage} has stood still for {standstill:.0f} s while {frames} frames wait"
    return Check(status, output, to_datetime(now), observed_value=frames, observed_unit="frames")


def store_check(latest: Latest, stored_through: Mapping[str, int], now: int) -> Check:
    """Whether what is published reaches the store."""
    waits = {
        name: now - since
        for name in latest.datasets()
        if (since := latest.waiting_since(name, stored_through.get(name, 0))) is not None
    }
    behind = max(waits.values(), default=0)
    status, output = Status.PASS, "the store answers, and has what is published"
    if behind >= UNSTORED_WARN:
        status = Status.FAIL if behind >= UNSTORED_FAIL else Status.WARN
        output = f"the store answers, but lacks what was published {human(behind)} ago"
    return Check(status, output, to_datetime(now), observed_value=behind / SECOND, observed_unit="s")


def no_store_check(reason: str, now: int) -> Check:
    """The store did not answer."""
    return Check(Status.FAIL, reason, to_datetime(now))


def datasets_check(registry: Registry, latest: Latest, now: int) -> Check:
    """Which datasets that had values have none of late; a warning, since the platform may well be fine."""
    texts = [text for dataset in visible_datasets(registry) if (text := _staleness(dataset, latest, now))]
    if not texts:
        return Check(Status.PASS, "every dataset that has values has recent ones", to_datetime(now), observed_value=0)
    more = f" and {len(texts) - MOST_NAMED} more" if len(texts) > MOST_NAMED else ""
    output = f"no recent values: {_listed(texts)}{more}"
    return Check(Status.WARN, output, to_datetime(now), observed_value=len(texts), observed_unit="datasets")


def _listed(texts: Sequence[str]) -> str:
    return "; ".join(texts[:MOST_NAMED])


def due_after(dataset: Dataset, values: Iterable[Observation]) -> int | None:
    """The age in µs from which a dataset with these newest values counts as stale; None where no rhythm is known."""
    rhythms = [each for o in values if (each := rhythm(dataset, o)) is not None]
    return STALE_RHYTHMS * min(rhythms) if rhythms else None


def _staleness(dataset: Dataset, latest: Latest, now: int) -> str | None:
    newest = latest.newest_observed(dataset.name)
    if newest is None:
        return None
    due = due_after(dataset, latest.of(dataset.name))
    if due is None or now - newest <= due:
        return None
    return f"{dataset.name} (newest {human(now - newest)} old, one is due every {human(due // STALE_RHYTHMS)})"
