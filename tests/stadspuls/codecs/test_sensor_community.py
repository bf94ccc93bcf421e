"""Stations of sensor.community: texts that are numbers, parts in names, what they tell of themselves."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stadspuls.clock import parse_rfc3339
from stadspuls.codecs import CodecContext
from stadspuls.codecs.sensor_community import decode_sensor_community
from stadspuls.errors import CodecError

NOW = parse_rfc3339("2026-01-05T08:00:05Z")
CONTEXT = CodecContext("gent/sensor-community/12345", NOW)


def body(*values: tuple[str, object], **more: object) -> bytes:
    return json.dumps({"sensordatavalues": [{"value_type": k, "value": v} for k, v in values], **more}).encode()


def read(payload: bytes, context: CodecContext = CONTEXT) -> dict[str, tuple[object, str | None]]:
    decoding = decode_sensor_community(payload, context)
    assert decoding.faults == []
    return {value.name: (value.value, value.unit) for value in decoding.values}


def test_a_station_gives_its_results_with_their_units() -> None:
    payload = body(
        ("SDS_P1", "66.04"),
        ("SDS_P2", "53.32"),
        ("BME280_temperature", "-4.50"),
        ("BME280_humidity", "81.1"),
        ("BME280_pressure", "100659.00"),
        ("samples", "924605"),
        ("signal", "-52 dBm"),
        software_version="NRZ-2020-133",
        esp8266id="12345",
    )
    assert read(payload) == {
        "pm10": (66.04, "ug/m3"),
        "pm25": (53.32, "ug/m3"),
        "temperature": (-4.5, "Cel"),
        "humidity": (81.1, "%"),
        "pressure": (100659.0, "Pa"),
    }


def test_names_without_a_part_are_read_too() -> None:
    assert read(body(("P1", "1.87"), ("P2", 1))) == {"pm10": (1.87, "ug/m3"), "pm25": (1.0, "ug/m3")}


@pytest.mark.parametrize("ignored", ["SDS_P1", "P1"])
def test_a_value_is_ignored_by_its_whole_name_or_without_its_part(ignored: str) -> None:
    context = CodecContext("t", NOW, ignore=frozenset({ignored}))
    assert list(read(body(("SDS_P1", "1"), ("SDS_P2", "2")), context)) == ["pm25"]


def test_it_is_observed_when_it_is_received_unless_it_says_when() -> None:
    [value] = decode_sensor_community(body(("P1", "1")), CONTEXT).values
    assert value.time == NOW
    [value] = decode_sensor_community(body(("P1", "1"), timestamp="2026-01-05 07:59:00"), CONTEXT).values
    assert value.time == parse_rfc3339("2026-01-05T07:59:00Z")


@pytest.mark.parametrize("text", ["", "nan", "inf", "1e9999", "12,3", "1_000", "0x10", "unknown"])
def test_a_text_that_is_no_number_loses_only_its_value(text: str) -> None:
    decoding = decode_sensor_community(body(("P1", text), ("P2", "2")), CONTEXT)
    assert [v.name for v in decoding.values] == ["pm25"]
    assert [f.name for f in decoding.faults] == ["pm10"]
    assert "no number" in decoding.faults[0].detail


@pytest.mark.parametrize(
    ("payload", "told"),
    [
        (b"", "the message is empty"),
        (b"{}", "Object missing required field `sensordatavalues`"),
        (b'{"sensordatavalues": []}', "sensordatavalues is empty"),
        (b'{"sensordatavalues": [{"value_type": "P1"}]}', "at `$.sensordatavalues[0]`"),
        (b'{"sensordatavalues": [{"value_type": "P1", "value": true}]}', "at `$.sensordatavalues[0].value`"),
        (body(("P1", "1"), timestamp="yesterday evening"), "no ISO 8601"),
    ],
)
def test_what_is_no_body_says_what_and_where(payload: bytes, told: str) -> None:
    with pytest.raises(CodecError) as raised:
        decode_sensor_community(payload, CONTEXT)
    assert told in raised.value.detail


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
values = st.lists(st.fixed_dictionaries({"value_type": st.text() | anything, "value": st.text() | anything}))


@given(st.binary() | st.fixed_dictionaries({"sensordatavalues": values}).map(lambda d: json.dumps(d).encode()))
def test_any_body_gives_values_faults_or_a_codec_error(payload: bytes) -> None:
    try:
        decode_sensor_community(payload, CONTEXT)
    except CodecError:
        return
