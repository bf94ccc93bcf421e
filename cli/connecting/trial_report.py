"""What came of a pilot's messages: observations by series, what was rejected and why, who was silent."""

import urllib.request
from collections import Counter
from collections.abc import Iterator
from datetime import datetime

import msgspec
from prometheus_client.parser import text_string_to_metric_families

from cli.connecting.trial import is_mark
from stadspuls.clock import to_datetime
from stadspuls.model import Observation, Procedure, Quality, Reason, Rejection
from stadspuls.registry import City, Dataset
from stadspuls.settings import Settings
from store.protocol import HistoryQuery, Position, RejectedQuery, StoreReader

EXAMPLES = 3
"""Of a reason, each with another detail."""
SHOWN_BYTES = 200
_PAGE = 5000


class SeriesReport(msgspec.Struct, rename="camel"):
    """What one sensor observed of one property."""

    dataset: str
    sensor: str
    observed_property: str = msgspec.field(name="property")
    count: int
    suspect: int
    first: datetime
    last: datetime
    derived: bool


class RejectedExample(msgspec.Struct, rename="camel"):
    """A message that was rejected; its payload as text, cut."""

    topic: str
    detail: str
    payload: str


class ReasonReport(msgspec.Struct, rename="camel"):
    """What was rejected for one reason."""

    reason: Reason
    count: int
    examples: list[RejectedExample]


class TrialReport(msgspec.Struct, rename="camel"):
    """What came of a recording."""

    city: str
    messages: int
    series: list[SeriesReport]
    repeated: int
    rejected: list[ReasonReport]
    silent: list[str]
    """Registered sensors of which nothing came, neither observed nor rejected: `gent/parking/P1`."""


def trial_report(settings: Settings, reader: StoreReader, city: City, messages: int) -> TrialReport:
    """Read the outcome from the sandbox's store."""
    rejected = [one for one in reader.rejected(RejectedQuery(limit=2**31)) if not is_mark(one.topic)]
    series = [one for dataset in city.datasets.values() for one in _series(reader, dataset)]
    heard = {(one.dataset, one.sensor) for one in series} | {(one.dataset, one.sensor) for one in rejected}
    return TrialReport(
        city.slug,
        messages,
        series,
        _repeated(settings),
        list(_by_reason(rejected)),
        [
            f"{dataset.name}/{sensor}"
            for dataset in city.datasets.values()
            for sensor in dataset.sensors
            if (dataset.name, sensor) not in heard
        ],
    )


def _series(reader: StoreReader, dataset: Dataset) -> list[SeriesReport]:
    found: dict[tuple[str, str], SeriesReport] = {}
    for observation in _history(reader, dataset.name):
        stream, at = observation.datastream, to_datetime(observation.observed_at)
        known = found.get((stream.sensor, stream.observed_property))
        if known is None:
            derived = stream.procedure is Procedure.DERIVED
            known = SeriesReport(dataset.name, stream.sensor, stream.observed_property, 0, 0, at, at, derived)
            found[stream.sensor, stream.observed_property] = known
        known.count += 1
        known.suspect += observation.quality is Quality.SUSPECT
        known.last = at
    return [found[key] for key in sorted(found)]


def _history(reader: StoreReader, dataset: str) -> Iterator[Observation]:
    after: Position | None = None
    while page := reader.history(HistoryQuery(dataset=dataset, after=after, limit=_PAGE)):
        yield from page
        last = page[-1]
        after = Position(last.observed_at, last.datastream.sensor, last.datastream.observed_property)


def _by_reason(rejected: list[Rejection]) -> Iterator[ReasonReport]:
    for reason, count in Counter(one.reason for one in rejected).most_common():
        told: dict[str, RejectedExample] = {}
        # In the order of the recording; partitions are worked through beside each other.
        for one in sorted(rejected, key=lambda one: one.received_at):
            if one.reason is reason and one.detail not in told and len(told) < EXAMPLES:
                payload = one.payload[:SHOWN_BYTES].decode(errors="backslashreplace")
                told[one.detail] = RejectedExample(one.topic, one.detail, payload)
        yield ReasonReport(reason, count, list(told.values()))


def _repeated(settings: Settings) -> int:
    """Readings that were dropped because the same had been published."""
    # The sandbox is on this machine: no proxy stands between.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f"http://{settings.http_host}:{settings.http_port}/metrics", timeout=30) as answer:
        text = answer.read().decode()
    samples = (sample for family in text_string_to_metric_families(text) for sample in family.samples)
    return int(
        sum(
            sample.value
            for sample in samples
            if sample.name == "stadspuls_readings_total" and sample.labels.get("outcome") == "repeated"
        )
    )
