"""SensorThings over MQTT: the datastream is in the topic, the time may be a period, servers add links."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stadspuls.clock import parse_rfc3339
from stadspuls.codecs import CodecContext, Decoded
from stadspuls.codecs.sensorthings import decode_sensorthings
from stadspuls.errors import CodecError

NOW = parse_rfc3339("2026-01-05T08:00:05Z")
EIGHT = parse_rfc3339("2026-01-05T08:00:00Z")
TOPIC = "gent/frost/v1.1/Datastreams(7)/Observations"
CONTEXT = CodecContext(TOPIC, NOW)


def decode(fields: object, topic: str = TOPIC) -> list[Decoded]:
    return decode_sensorthings(json.dumps(fields).encode(), CodecContext(topic, NOW)).values


def test_an_observation_belongs_to_the_datastream_of_its_topic() -> None:
    fields = {
        "@iot.id": 12,
        "@iot.selfLink": "http://frost.example/v1.1/Observations(12)",
        "phenomenonTime": "2026-01-05T08:00:00.000Z",
        "resultTime": None,
        "result": 23.4,
        "FeatureOfInterest": {"@iot.id": 1},
    }
    assert decode(fields) == [Decoded("7", EIGHT, "7", 23.4)]


@pytest.mark.parametrize(
    ("topic", "name"),
    [
        ("Datastreams(7)/Observations", "7"),
        ("gent/v1.1/Datastreams('no2-1')/Observations", "no2-1"),
        ("gent/v1.1/Things(1)/Datastreams(9)/Observations", "9"),
    ],
)
def test_ids_may_be_numbers_or_texts(topic: str, name: str) -> None:
    assert [value.sensor for value in decode({"result": 1}, topic)] == [name]


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        ({"phenomenonTime": "2026-01-05T07:00:00Z/2026-01-05T08:00:00Z"}, EIGHT),
        ({"phenomenonTime": None, "resultTime": "2026-01-05T08:00:00Z"}, EIGHT),
        ({}, NOW),
    ],
)
def test_a_period_is_observed_at_its_end_and_no_time_is_the_reception(times: dict[str, object], expected: int) -> None:
    assert [value.time for value in decode({"result": True, **times})] == [expected]


@pytest.mark.parametrize(
    ("topic", "fields", "told"),
    [
        ("gent/v1.1/Datastreams(7)", {"result": 1}, "the topic does not end with Datastreams(<id>)/Observations"),
        ("gent/v1.1/Datastreams()/Observations", {"result": 1}, "the topic does not end with"),
        (TOPIC, {"phenomenonTime": "2026-01-05T08:00:00Z"}, 'the observation has no "result"'),
        (TOPIC, {"result": 1, "phenomenonTime": 7}, "phenomenonTime is 7: no text"),
        (TOPIC, {"result": 1, "phenomenonTime": "a/b"}, "the time 'b' is no ISO 8601"),
        (TOPIC, [1], "the message is an array, not an object"),
    ],
)
def test_what_is_no_observation_says_what_and_where(topic: str, fields: object, told: str) -> None:
    with pytest.raises(CodecError) as raised:
        decode(fields, topic)
    assert told in raised.value.detail


def test_a_nested_result_is_a_fault() -> None:
    decoding = decode_sensorthings(b'{"result": {"a": 1}}', CONTEXT)
    assert (decoding.values, [fault.name for fault in decoding.faults]) == ([], ["result"])


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
names = st.sampled_from(["result", "phenomenonTime", "resultTime", "x"])


@given(st.binary() | st.dictionaries(names, anything).map(lambda d: json.dumps(d).encode()), st.just(TOPIC) | st.text())
def test_anything_gives_values_faults_or_a_codec_error(payload: bytes, topic: str) -> None:
    try:
        decode_sensorthings(payload, CodecContext(topic, NOW))
    except CodecError:
        return
