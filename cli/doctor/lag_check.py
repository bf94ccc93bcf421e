"""Frames that wait for `streams` and for the sink: looked at twice, since what moves is not stuck."""

import threading
from collections.abc import Iterator

from cli.data_dir import with_running_kafka
from cli.doctor.check import Check, Subject
from cli.doctor.finding import Finding, good, warning
from stadspuls.errors import LogError
from stadspuls.log.lag import open_progress
from stadspuls.log.topics import Topics
from stadspuls.settings import Settings

_BETWEEN_SECONDS = 3.0
_FEW = 10
"""Frames that wait in passing."""


def _look(subject: Subject) -> Iterator[Finding]:
    try:
        settings = with_running_kafka(subject.settings)
    except LogError:
        return
    before = now = _waiting(settings)
    if before and max(before) > _FEW:
        threading.Event().wait(_BETWEEN_SECONDS)
        now = _waiting(settings)
    if before is None or now is None:
        return
    for stage, was, waits in zip(("streams", "sink"), before, now, strict=True):
        seen = f"{waits} frames wait for {stage}"
        if waits > _FEW and waits >= was:
            cure = (
                f"see whether it runs and what its log says; `stadspuls run {stage}` in the foreground, where none does"
            )
            yield warning(
                f"{seen}, and no fewer than {_BETWEEN_SECONDS:g} s before",
                settings.kafka_bootstrap,
                cure,
                "stadspuls topics",
            )
        else:
            yield good(seen, settings.kafka_bootstrap)


CHECK = Check(
    "lag", "frames that wait for `streams` and the sink, and whether they move", _look, needs=("kafka", "topics")
)


def _waiting(settings: Settings) -> tuple[int, int] | None:
    """How many wait for each stage; None while there are no topics, or others than there must be."""
    with open_progress(settings) as progress:
        if any(progress.partitions(name) != settings.partitions for name in Topics(settings.topic_prefix).all()):
            return None
        lags = progress.lags()
    return sum(lag.streams for lag in lags), sum(lag.sink for lag in lags)
