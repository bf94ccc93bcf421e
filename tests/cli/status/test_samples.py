"""Numbers out of Prometheus' text form, and quantiles of its histograms."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.status.samples import parse, quantile

TEXT = """\
# HELP stadspuls_lag_frames Frames waiting
# TYPE stadspuls_lag_frames gauge
stadspuls_lag_frames{stage="sink"} 4
stadspuls_lag_frames{stage="streams"} 2.5
# TYPE stadspuls_rejected_total counter
stadspuls_rejected_total{city="gent",reason="future"} 3
stadspuls_rejected_total{city="gent",reason="conflict"} 4
stadspuls_key_expiry_timestamp_seconds{city="gent",key="k1"} NaN
python_info{version="3"} 1
"""


def test_samples_are_summed_by_name_and_labels() -> None:
    samples = parse(TEXT)
    assert samples.total("lag_frames") == 6.5
    assert samples.total("rejected_total", reason="future") == 3
    assert samples.by("rejected_total", "reason", city="gent") == {"future": 3, "conflict": 4}
    assert samples.by("rejected_total", "city") == {"gent": 7}
    assert samples.total("no_such_metric") == 0


def test_what_is_no_number_is_left_out() -> None:
    assert list(parse(TEXT).each("key_expiry_timestamp_seconds")) == []


def test_metrics_of_something_else_are_not_those_of_a_platform() -> None:
    assert parse(TEXT)
    assert not parse("go_goroutines 7\n")


def test_text_that_is_no_metrics_is_refused() -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse("<html>this is no metric</html>\n")


def test_a_quantile_lies_between_the_limits_of_its_bucket() -> None:
    buckets = {0.1: 50.0, 0.2: 100.0, math.inf: 100.0}
    assert quantile(0.5, buckets) == pytest.approx(0.1)
    assert quantile(0.75, buckets) == pytest.approx(0.15)
    assert quantile(0.99, buckets) == pytest.approx(0.198)


def test_what_is_beyond_the_last_limit_counts_as_that() -> None:
    assert quantile(0.99, {0.1: 1.0, math.inf: 10.0}) == 0.1


def test_nothing_has_no_quantile() -> None:
    assert quantile(0.5, {}) is None
    assert quantile(0.5, {0.1: 0.0, math.inf: 0.0}) is None


@given(st.lists(st.floats(0.001, 50), min_size=1, max_size=200), st.sampled_from([0.5, 0.9, 0.99]))
def test_a_quantile_is_in_the_bucket_where_the_value_is(values: list[float], share: float) -> None:
    limits = (0.01, 0.1, 1.0, 10.0, 60.0, math.inf)
    buckets = {limit: float(sum(value <= limit for value in values)) for limit in limits}
    exact = sorted(values)[math.ceil(share * len(values)) - 1]
    upper = min(limit for limit in limits if exact <= limit)
    lower = max((limit for limit in limits if limit < exact), default=0.0)
    found = quantile(share, buckets)
    assert found is not None
    assert lower <= found <= upper * 1.000001
