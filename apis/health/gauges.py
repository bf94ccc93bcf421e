"""What `/metrics` says of datasets and stages; worked out when it is asked, from what the API follows anyway."""

from collections.abc import Sequence

from apis.health.checks import due_after
from apis.live import LiveState
from stadspuls.clock import SECOND, now_us
from stadspuls.metrics import CLOCK_AHEAD, DATASET_AGE, DATASET_DUE, LAG
from stadspuls.model import Observation
from stadspuls.registry import Registry


def set_gauges(registry: Registry, live: LiveState) -> None:
    """Set the age, the limit of that age and the clock of every dataset that has values, and what waits."""
    now = now_us()
    for name in live.latest.datasets():
        newest, values = live.latest.newest_observed(name), live.latest.of(name)
        if newest is not None:
            DATASET_AGE.labels(name).set((now - newest) / SECOND)
        if values:
            CLOCK_AHEAD.labels(name).set(_ahead(values) / SECOND)
        dataset = registry.datasets.get(name)
        if dataset is not None and (due := due_after(dataset, values)) is not None:
            DATASET_DUE.labels(name).set(due / SECOND)
    LAG.labels("streams").set(live.streams_backlog.frames)
    LAG.labels("sink").set(live.sink_backlog.frames)


def _ahead(values: Sequence[Observation]) -> int:
    return max(0, *(observation.observed_at - observation.received_at for observation in values))
