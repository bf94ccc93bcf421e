"""Two filters overlap when one topic can match both."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paho.mqtt.matcher import MQTTMatcher

from stadspuls.registry.filters import filter_mistake, overlap

TOPICS = ["/".join(levels) for length in range(1, 6) for levels in product("abc", repeat=length)]
"""Every topic of up to five levels of three names: enough for filters of up to four levels of two names."""

filters = st.builds(
    lambda levels, end: "/".join(levels + end),
    st.lists(st.sampled_from(["a", "b", "+"]), min_size=1, max_size=4),
    st.sampled_from([[], ["#"]]),
)


def matched(filter_: str) -> set[str]:
    matcher = MQTTMatcher()  # type: ignore[no-untyped-call]
    matcher[filter_] = filter_
    return {topic for topic in TOPICS if any(matcher.iter_match(topic))}  # type: ignore[no-untyped-call]


@given(filters, filters)
def test_filters_overlap_exactly_when_a_topic_matches_both(one: str, other: str) -> None:
    assert overlap(one, other) == overlap(other, one) == bool(matched(one) & matched(other))


@pytest.mark.parametrize("filter_", ["a", "a/b", "+", "#", "a/+/b", "a/#", "a//b", "+/+/#"])
def test_well_formed_filter_has_no_mistake(filter_: str) -> None:
    assert filter_mistake(filter_) is None
    assert overlap(filter_, filter_)


@pytest.mark.parametrize("filter_", ["", "a/#/b", "a#", "a/b#", "a+/b", "a/+b", "#/", "a\0b"])
def test_malformed_filter_has_a_mistake(filter_: str) -> None:
    assert filter_mistake(filter_) is not None
