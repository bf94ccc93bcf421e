"""A city's own mapping: JMESPath for records, sensor, time and values."""

import json

import jmespath
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stadspuls.clock import parse_rfc3339
from stadspuls.codecs import CodecContext, Decoded
from stadspuls.codecs.mapped import MappedCodec
from stadspuls.errors import CodecError

NOW = parse_rfc3339("2026-01-05T08:00:05Z")
EIGHT = parse_rfc3339("2026-01-05T08:00:00Z")
CONTEXT = CodecContext("gent/x", NOW)


def mapped(values: dict[str, str], **others: str) -> MappedCodec:
    compiled = {name: jmespath.compile(expression) for name, expression in others.items()}
    return MappedCodec({name: jmespath.compile(e) for name, e in values.items()}, **compiled)


STATIONS = mapped(
    {"no2": "readings.no2.value", "temperature": "to_number(readings.temp)"},
    each="stations[?active]",
    sensor="id",
    time="measured",
)
PAYLOAD = {
    "stations": [
        {"id": "A1", "active": True, "measured": "2026-01-05T08:00:00Z", "readings": {"no2": {"value": 41.2}}},
        {"id": 7, "active": True, "measured": 1767600000, "readings": {"temp": "4.5"}},
        {"id": "A3", "active": False, "measured": None},
        {"id": "A4", "active": True},
    ]
}


def refusal(codec: MappedCodec, payload: object) -> str:
    with pytest.raises(CodecError) as raised:
        codec(json.dumps(payload).encode(), CONTEXT)
    return raised.value.detail


def test_records_give_sensor_time_and_values() -> None:
    decoding = STATIONS(json.dumps(PAYLOAD).encode(), CONTEXT)
    assert decoding.values == [Decoded("A1", EIGHT, "no2", 41.2), Decoded("7", EIGHT, "temperature", 4.5)]
    assert decoding.faults == []


def test_without_each_the_message_is_one_record_observed_when_it_is_received() -> None:
    assert mapped({"no2": "@"})(b"41.2", CONTEXT).values == [Decoded(None, NOW, "no2", 41.2)]


@pytest.mark.parametrize(
    ("codec", "payload", "told"),
    [
        (STATIONS, [], "`each` finds None, not an array"),
        (STATIONS, {"stations": [{**PAYLOAD["stations"][0], "id": None}]}, "`sensor` finds None, not a text"),
        (STATIONS, {"stations": [{**PAYLOAD["stations"][0], "measured": None}]}, "`time` finds nothing"),
        (STATIONS, {"stations": [{**PAYLOAD["stations"][0], "measured": "8h"}]}, "the time '8h' is no ISO 8601"),
        (STATIONS, {"stations": []}, "no expression of `values` finds anything"),
        (mapped({"no2": "abs(a)"}), {"a": "x"}, "'abs(a)' cannot be applied: "),
    ],
)
def test_what_an_expression_does_not_find_is_told_by_its_name(codec: MappedCodec, payload: object, told: str) -> None:
    assert told in refusal(codec, payload)


def test_a_nested_value_loses_only_itself() -> None:
    decoding = mapped({"no2": "a", "pm10": "b"})(b'{"a": {"x": 1}, "b": 2}', CONTEXT)
    assert ([v.name for v in decoding.values], [f.name for f in decoding.faults]) == (["pm10"], ["no2"])


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abcd"), inner, max_size=3),
    max_leaves=8,
)
EXPRESSIONS = [
    "a",
    "a.b",
    "a[0]",
    "[*].a",
    "sum(a)",
    "max_by(@, &a)",
    "length(a)",
    "sort(a)",
    "to_number(a)",
    "a[?b > `1`]",
]


@given(st.binary() | anything.map(lambda d: json.dumps(d).encode()), st.lists(st.sampled_from(EXPRESSIONS), min_size=4))
def test_any_message_gives_values_faults_or_a_codec_error(payload: bytes, expressions: list[str]) -> None:
    each, sensor, time, *rest = expressions
    try:
        mapped({f"p{i}": e for i, e in enumerate(rest)}, each=each, sensor=sensor, time=time)(payload, CONTEXT)
    except CodecError:
        return
