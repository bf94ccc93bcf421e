"""Health by data age and lag, and metrics."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from prometheus_client.parser import text_string_to_metric_families

from apis.health.checks import backlog_check, datasets_check, store_check
from apis.health.models import Health, Status
from apis.live import Backlog, Lags, Latest
from stadspuls.clock import HOUR, MINUTE, SECOND, now_us
from stadspuls.log import ObservationFrame
from stadspuls.registry import Registry
from tests.apis.conftest import T0, Api, Made


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_live_says_yes_whatever_is_around_it(api: Api) -> None:
    answer = api.get("/health/live")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/health+json"
    assert answer.json()["status"] == "pass"


def test_serving_says_no_until_the_latest_values_are_read_and_yes_while_kafka_is_away(api: Api) -> None:
    answer = api.get("/health/serving")
    assert (answer.status_code, answer.json()["status"]) == (503, "fail")
    asyncio.run(api.live.load())
    assert api.live.trouble is not None
    assert api.get("/health/serving").status_code == 200


def test_ready_says_that_kafka_is_away_while_the_store_is_served(filled: Api) -> None:
    answer = filled.get("/health/ready")
    health = msgspec.json.decode(answer.content, type=Health)
    assert (answer.status_code, health.status) == (503, Status.FAIL)
    assert isinstance(health.checks, dict)
    assert health.checks["log"][0].status is Status.FAIL
    assert health.checks["store"][0].status is Status.PASS
    assert "log is not followed" in health.description
    assert filled.get("/gent/parking/latest").status_code == 200


def test_ready_says_that_the_store_is_away(build_api: Callable[..., Api], tmp_path: Path) -> None:
    (tmp_path / "data").rmdir()
    (tmp_path / "data").write_text("in the way")
    api = build_api()
    api.live.trouble = None
    answer = api.get("/health/ready")
    assert answer.status_code == 503
    assert answer.json()["checks"]["store"][0]["status"] == "fail"
    assert "store does not answer" in answer.json()["description"]


def test_ready_is_200_while_only_a_dataset_is_stale(filled: Api) -> None:
    filled.live.trouble = None
    answer = filled.get("/health/ready")
    assert answer.status_code == 200
    document = answer.json()
    assert document["status"] == "warn"
    assert document["checks"]["datasets"][0]["status"] == "warn"
    assert "gent/parking (newest" in document["description"]


def test_ready_passes_when_all_keep_up(filled: Api) -> None:
    filled.live.trouble = None
    now = now_us()
    make = filled.made.one
    fresh = [
        make("gent/parking", "P1", "vacantSpaces", 5.0, now),
        make("gent/air-quality", "station-1", "no2", 40.0, now),
    ]
    filled.live.latest.merge(fresh)
    filled.store(fresh)
    document = filled.get("/health/ready").json()
    assert (document["status"], document["description"]) == ("pass", "everything keeps up")


@pytest.mark.parametrize(
    ("backlog", "status"),
    [
        (Backlog(0, 0.0), Status.PASS),
        (Backlog(40, 1.0), Status.PASS),
        (Backlog(5000, 0.0), Status.WARN),
        (Backlog(1, 6.0), Status.WARN),
        (Backlog(1, 21.0), Status.FAIL),
    ],
)
def test_a_stage_fails_when_it_stands_still(backlog: Backlog, status: Status) -> None:
    check = backlog_check("sink", backlog, known=True, now=T0)
    assert check.status is status
    assert "sink" in check.output
    assert str(backlog.frames) in check.output


def test_a_backlog_that_moves_is_no_standstill() -> None:
    clock = Clock()
    lags = Lags(clock)
    for place in range(10):
        clock.now += 10
        lags.look({0: place}, {0: place + 5})
    assert lags.backlog() == Backlog(5, 0.0)
    clock.now += 30
    lags.look({0: 9}, {0: 20, 1: 0})
    assert lags.backlog() == Backlog(11, 30.0)
    lags.look({0: 20}, {0: 20, 1: 0})
    assert lags.backlog() == Backlog(0, 0.0)


def test_frames_that_come_after_a_long_rest_are_no_standstill() -> None:
    clock = Clock()
    lags = Lags(clock)
    lags.look({0: 5}, {0: 5})
    clock.now += 3600
    lags.look({0: 5}, {0: 6})
    assert lags.backlog() == Backlog(1, 0.0)


def test_a_stage_that_never_began_has_everything_before_it() -> None:
    lags = Lags(Clock())
    lags.look({}, {0: 7, 1: 3})
    assert lags.backlog().frames == 10


def test_the_store_is_behind_by_the_age_of_the_oldest_that_it_lacks(registry: Registry) -> None:
    latest = Latest()
    make = Made(registry).one
    observations = [make("gent/parking", "P1", "vacantSpaces", 1.0, T0 + i * SECOND) for i in range(3)]
    for number, observation in enumerate(observations):
        latest.take(ObservationFrame(number, 0, 1, "", [observation]))
    first, second, last = (observation.published_at for observation in observations)
    assert latest.waiting_since("gent/parking", last) is None
    assert latest.waiting_since("gent/parking", first) == second
    assert store_check(latest, {"gent/parking": last}, last + HOUR).status is Status.PASS
    assert store_check(latest, {"gent/parking": first}, second + SECOND).status is Status.PASS
    assert store_check(latest, {"gent/parking": first}, second + 20 * SECOND).status is Status.WARN
    check = store_check(latest, {}, first + 2 * MINUTE)
    assert (check.status, check.observed_value) == (Status.FAIL, 120)


def test_only_datasets_that_had_values_can_be_stale(registry: Registry) -> None:
    latest = Latest()
    assert datasets_check(registry, latest, T0).status is Status.PASS
    latest.merge([Made(registry).one("gent/air-quality", "station-1", "no2", 1.0, T0)])
    assert datasets_check(registry, latest, T0 + 3 * HOUR).status is Status.PASS
    stale = datasets_check(registry, latest, T0 + 3 * HOUR + 1)
    assert (stale.status, stale.observed_value) == (Status.WARN, 1)
    assert "one is due every 1 h" in stale.output


def samples(text: str) -> dict[tuple[str, frozenset[Any]], float]:
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_metrics_count_requests_by_route_and_tell_the_age_of_data(filled: Api) -> None:
    def counted() -> tuple[float, float]:
        found = samples(filled.get("/metrics").text)
        name = "stadspuls_http_requests_total"
        return (
            found.get(
                (name, frozenset({("method", "GET"), ("route", "/{city}/{theme}/latest"), ("status", "200")})), 0
            ),
            found.get((name, frozenset({("method", "GET"), ("route", "other"), ("status", "404")})), 0),
        )

    before = counted()
    filled.get("/gent/parking/latest")
    filled.get("/invented-1/x/y/z")
    after = counted()
    assert (after[0] - before[0], after[1] - before[1]) == (1, 1)
    text = filled.get("/metrics").text
    assert "invented" not in text
    assert samples(text)["stadspuls_dataset_age_seconds", frozenset({("dataset", "gent/parking")})] > 0
    assert ("stadspuls_lag_frames", frozenset({("stage", "sink")})) in samples(text)


def test_metrics_of_several_processes_are_joined(filled: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    answer = filled.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")
