"""What `/metrics` says of datasets: their age, when that is too much, and clocks that run ahead."""

from msgspec.structs import replace
from prometheus_client.parser import text_string_to_metric_families

from stadspuls.clock import HOUR, SECOND, now_us
from stadspuls.registry import Registry
from tests.apis.conftest import Api, Made

DATASET = "gent/air-quality"


def told(api: Api, name: str) -> float | None:
    families = text_string_to_metric_families(api.get("/metrics").text)
    found = [s.value for f in families for s in f.samples if s.name == name and s.labels.get("dataset") == DATASET]
    return found[0] if found else None


def test_a_dataset_is_due_after_three_of_its_rhythms(api: Api, registry: Registry) -> None:
    api.live.latest.merge([Made(registry).one(DATASET, "station-1", "no2", 1.0, now_us() - HOUR)])
    assert told(api, "stadspuls_dataset_due_seconds") == 3 * HOUR / SECOND
    assert (told(api, "stadspuls_dataset_age_seconds") or 0) >= HOUR / SECOND


def test_a_clock_that_runs_ahead_is_told(api: Api, registry: Registry) -> None:
    right = Made(registry).one(DATASET, "station-1", "no2", 1.0, now_us())
    api.live.latest.merge([replace(right, received_at=right.observed_at + SECOND)])
    assert told(api, "stadspuls_clock_ahead_seconds") == 0
    ahead = Made(registry).one(DATASET, "station-1", "no2", 2.0, now_us())
    api.live.latest.merge([replace(ahead, received_at=ahead.observed_at - 90 * SECOND)])
    assert told(api, "stadspuls_clock_ahead_seconds") == 90
