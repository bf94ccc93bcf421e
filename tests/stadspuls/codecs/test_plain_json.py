"""Plain JSON: what is a value, what is a fault, what refuses the whole message."""

import json
import math

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from stadspuls.clock import parse_rfc3339, rfc3339
from stadspuls.codecs import CODECS, CodecContext, Decoded, Decoding
from stadspuls.errors import CodecError
from stadspuls.model import Reason

NOW = parse_rfc3339("2026-01-05T08:00:05Z")
CONTEXT = CodecContext("gent/air-quality/r1", NOW)
AT_EIGHT = parse_rfc3339("2026-01-05T08:00:00Z")
names = st.text(st.characters(exclude_categories=["Cs"])).filter(lambda name: name != "time")
finite = st.floats(allow_nan=False, allow_infinity=False)


def decode(payload: bytes | str, context: CodecContext = CONTEXT) -> Decoding:
    return CODECS["json"](payload.encode() if isinstance(payload, str) else payload, context)


def refusal(payload: bytes | str) -> CodecError:
    with pytest.raises(CodecError) as raised:
        decode(payload)
    return raised.value


def test_every_key_but_time_is_a_value() -> None:
    decoding = decode('{"time": "2026-01-05T08:00:00Z", "no2": 41.2, "count": 3, "occupied": true, "state": "open"}')
    assert decoding.faults == []
    assert decoding.values == [
        Decoded(None, AT_EIGHT, "no2", 41.2),
        Decoded(None, AT_EIGHT, "count", 3.0),
        Decoded(None, AT_EIGHT, "occupied", True),
        Decoded(None, AT_EIGHT, "state", "open"),
    ]
    assert type(decoding.values[1].value) is float
    assert type(decoding.values[2].value) is bool


def test_null_is_no_reading() -> None:
    assert [value.name for value in decode('{"time": 1767600000, "a": null, "b": 1}').values] == ["b"]


@pytest.mark.parametrize("payload", ['{"time": 1767600000}', '{"time": 1767600000, "no2": null}'])
def test_a_message_without_a_reading_is_refused(payload: str) -> None:
    error = refusal(payload)
    assert (error.reason, error.detail) == (Reason.UNDECODABLE, "the message holds no reading")


def test_ignored_fields_are_skipped_unread() -> None:
    context = msgspec.structs.replace(CONTEXT, ignore=frozenset({"meta", "rssi"}))
    decoding = decode('{"time": 1767600000, "meta": {"a": [1]}, "rssi": NaN, "no2": 1}', context)
    assert [value.name for value in decoding.values] == ["no2"]
    assert decoding.faults == []


def test_the_last_of_a_repeated_key_counts() -> None:
    assert [value.value for value in decode('{"time": 1767600000, "no2": 1, "no2": 2}').values] == [2.0]


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e400", "-1e999", "9" * 400, "1" * 5000])
def test_an_impossible_number_loses_only_its_own_field(number: str) -> None:
    decoding = decode(f'{{"time": 1767600000, "no2": {number}, "pm10": 12}}')
    assert [(value.name, value.value) for value in decoding.values] == [("pm10", 12.0)]
    assert [(fault.reason, fault.name) for fault in decoding.faults] == [(Reason.IMPOSSIBLE, "no2")]


@pytest.mark.parametrize(("value", "kind"), [('{"v": 1}', "an object"), ("[1, 2]", "an array")])
def test_a_nested_value_loses_only_its_own_field(value: str, kind: str) -> None:
    decoding = decode(f'{{"time": 1767600000, "no2": {value}, "pm10": 12}}')
    assert [value.name for value in decoding.values] == ["pm10"]
    (fault,) = decoding.faults
    assert (fault.reason, fault.name) == (Reason.UNDECODABLE, "no2")
    assert kind in fault.detail


def test_a_message_of_nothing_but_faults_is_not_refused_whole() -> None:
    assert [fault.name for fault in decode('{"time": 1767600000, "no2": NaN}').faults] == ["no2"]


@pytest.mark.parametrize(
    ("payload", "detail"),
    [
        (b"", "the message is empty"),
        (b"41.2", "the message is 41.2, not an object"),
        (b"NaN", "the message is nan, not an object"),
        (b"[1]", "the message is an array, not an object"),
        (b"null", "the message is None, not an object"),
        (b'{"time": 1767600000, "no2": 4', "Expecting ',' delimiter at character 29"),
        (b'{"time": 1767600000,, "no2": 4}', "at character 20"),
        (b'{"time": 1767600000, "t": "\xff"}', "not UTF-8 from byte 27 (0xff)"),
        (b"\xef\xbb\xbf{}", "no JSON"),
        (b'{"time": 1767600000, "t": "\\ud800"}', "half of an escaped surrogate pair"),
        (b'{"time": 1767600000, "\\udfff": 1}', "half of an escaped surrogate pair"),
        (b'{"a":' * 20_000, "nested too deeply"),
        (b"[" * 60_000, "nested too deeply"),
        (b'{"no2": 41.2}', 'the message has no "time"'),
        (b'{"time": null, "no2": 41.2}', 'the message has no "time"'),
        (b"<html>", "no JSON"),
    ],
)
def test_what_is_no_message_says_what_and_where(payload: bytes, detail: str) -> None:
    error = refusal(payload)
    assert error.reason is Reason.UNDECODABLE
    assert detail in error.detail
    assert len(error.detail) < 200


@given(st.binary() | st.text().map(str.encode))
@example(b'{"time":1e999,"a":1}')
@example(b'{"time":-1e999,"a":1}')
@example(b'{"time":NaN,"a":1}')
def test_any_bytes_give_values_faults_or_a_codec_error(payload: bytes) -> None:
    try:
        decoding = decode(payload)
    except CodecError:
        return
    assert decoding.values or decoding.faults


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@given(json_values, st.dictionaries(st.text(), json_values, max_size=4))
def test_any_json_gives_encodable_values_or_a_codec_error(time: object, fields: dict[str, object]) -> None:
    payload = json.dumps({**fields, "time": time})
    try:
        decoding = decode(payload)
    except CodecError:
        return
    for value in decoding.values:
        msgspec.msgpack.encode(value)
        assert not isinstance(value.value, float) or math.isfinite(value.value)


@given(
    st.integers(parse_rfc3339("1980-01-01T00:00:00Z"), parse_rfc3339("9999-12-31T23:59:59.999999Z")),
    st.dictionaries(names, finite | st.booleans() | st.text(st.characters(exclude_categories=["Cs"])), min_size=1),
)
def test_what_was_written_is_read(time: int, fields: dict[str, float | bool | str]) -> None:
    payload = json.dumps({"time": rfc3339(time), **fields})
    assert decode(payload) == Decoding([Decoded(None, time, name, value) for name, value in fields.items()], [])
