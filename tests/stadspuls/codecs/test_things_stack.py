"""Uplinks of The Things Stack: zeros that are left out, nanoseconds, bytes read here or fields read there."""

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stadspuls.clock import parse_rfc3339
from stadspuls.codecs import CODECS, UNSTATED, CodecContext, Decoded, Decoding
from stadspuls.codecs.payloads import DECODERS
from stadspuls.codecs.things_stack import decode_uplink
from stadspuls.errors import CodecError
from tests.stadspuls.codecs.vectors.places import HERE

NOW = parse_rfc3339("2026-01-05T08:00:05Z")
CONTEXT = CodecContext("gent/tts/v3/app@gent/devices/spot-1/up", NOW)
UPLINKS: list[dict[str, Any]] = json.loads((HERE / "the-things-stack-v3" / "uplinks-from-vectors.json").read_text())
EXAMPLE = (HERE / "the-things-stack-v3" / "uplink-message-example.json").read_bytes()


def uplink(**fields: object) -> bytes:
    message = {"f_port": 1, "frm_payload": "AQ==", "received_at": "2026-01-05T08:00:01.012585559Z", **fields}
    return json.dumps({"end_device_ids": {"device_id": "spot-1"}, "uplink_message": message}).encode()


def refusal(payload: bytes) -> str:
    with pytest.raises(CodecError) as raised:
        decode_uplink(payload, CONTEXT)
    return raised.value.detail


@pytest.mark.parametrize("given", UPLINKS, ids=lambda given: given["vector"])
def test_every_published_vector_is_read_from_its_bytes(given: dict[str, Any]) -> None:
    payload = given["payload"]
    decoding = decode_uplink(json.dumps(payload).encode(), CONTEXT)
    fields = payload["uplink_message"]["decoded_payload"]
    device = payload["end_device_ids"]["device_id"]
    time = parse_rfc3339(payload["uplink_message"]["received_at"][:26] + "Z")
    if "occupied" in fields:
        assert decoding.values == [Decoded(device, time, "occupied", fields["occupied"])]
    assert {value.sensor for value in decoding.values} <= {device}
    assert {value.time for value in decoding.values} <= {time}
    assert decoding.faults == []


def test_a_particle_station_gives_its_results_with_their_units() -> None:
    (payload,) = [u["payload"] for u in UPLINKS if u["vector"].endswith("dl-pm-codec.yaml#0")]
    decoding = decode_uplink(json.dumps(payload).encode(), CONTEXT)
    assert {v.name: (v.value, v.unit) for v in decoding.values} == {
        "pm25": (3.9, "ug/m3"),
        "pm10": (3.9, "ug/m3"),
        "temperature": (24.35660461425781, "Cel"),
        "humidity": (41.63221740722656, "%"),
        "pressure": (96800.0, "Pa"),
    }


def test_gases_whose_unit_nobody_states_say_so() -> None:
    (payload,) = [u["payload"] for u in UPLINKS if "as-202" in u["vector"]]
    units = {v.name: v.unit for v in decode_uplink(json.dumps(payload).encode(), CONTEXT).values}
    assert units == {"temperature": "Cel", "humidity": "%", "no2": UNSTATED, "co": UNSTATED}


def test_the_published_example_is_read_by_its_decoded_payload() -> None:
    decoding = decode_uplink(EXAMPLE, CONTEXT)
    time = parse_rfc3339("2020-02-12T15:15:45.789585Z")
    assert decoding.values == [Decoded("dev1", time, "temperature", 1.0), Decoded("dev1", time, "luminosity", 0.64)]


def test_a_decoder_that_the_city_names_goes_before_the_servers_formatter() -> None:
    payload = uplink(frm_payload="AA==", decoded_payload={"occupied": "who knows"})
    decoding = decode_uplink(payload, CONTEXT, DECODERS["nwave-nps310sm"])
    assert [(v.name, v.value) for v in decoding.values] == [("occupied", False)]


def test_zeros_that_are_left_out_are_zeros() -> None:
    message = {"end_device_ids": {"device_id": "spot-1"}, "uplink_message": {"rx_metadata": [{}]}}
    assert decode_uplink(json.dumps(message).encode(), CONTEXT) == Decoding([], [])


def test_without_any_time_it_is_the_reception() -> None:
    payload = uplink(received_at=None, decoded_payload={"no2": 3})
    assert [value.time for value in decode_uplink(payload, CONTEXT).values] == [NOW]


def test_values_wrapped_with_their_unit_are_unwrapped() -> None:
    fields = {"t": {"value": 20, "unit": "°C"}, "no2": {"value": 4.5, "unit": "ppb"}, "odd": {"a": 1}, "none": None}
    decoding = decode_uplink(uplink(decoded_payload=fields), CONTEXT)
    assert [(v.name, v.value, v.unit) for v in decoding.values] == [("t", 20.0, "Cel"), ("no2", 4.5, "[ppb]")]
    assert [fault.name for fault in decoding.faults] == ["odd"]


def test_a_message_that_is_no_uplink_holds_no_reading() -> None:
    joined = b'{"end_device_ids": {"device_id": "spot-1"}, "join_accept": {"session_key_id": "x"}}'
    assert decode_uplink(joined, CONTEXT) == Decoding([], [])


@pytest.mark.parametrize(
    ("payload", "told"),
    [
        (b"{", "no JSON"),
        (b"[]", "the message is not of its form: Expected `object`, got `array`"),
        (b"{}", "Object missing required field `end_device_ids`"),
        (b'{"end_device_ids": {"device_id": 7}}', "at `$.end_device_ids.device_id`"),
        (uplink(frm_payload="%%"), "at `$.uplink_message.frm_payload`"),
        (uplink(f_port="1"), "at `$.uplink_message.f_port`"),
        (uplink(received_at="yesterday-at-noon", decoded_payload={"a": 1}), "is no ISO 8601 date and time"),
        (uplink(), "no decoder for this device"),
        (uplink(version_ids={"brand_id": "bosch", "model_id": "tps110"}, f_port=9), "no frame of this device"),
        (
            b'{"end_device_ids": {"device_id": "a"}, "simulated": true, "uplink_message": {"f_port": 1}}',
            "the uplink is simulated",
        ),
    ],
)
def test_what_is_no_uplink_says_what_and_where(payload: bytes, told: str) -> None:
    assert told in refusal(payload)


@given(st.integers(0, 255), st.binary(max_size=60), st.sampled_from([None, *DECODERS.values()]))
def test_any_bytes_of_a_device_give_values_or_a_codec_error(port: int, frame: bytes, decoder: Any) -> None:
    payload = uplink(f_port=port, frm_payload=base64.b64encode(frame).decode())
    try:
        decoding = decode_uplink(payload, CONTEXT, decoder)
    except CodecError:
        return
    assert all(value.sensor == "spot-1" for value in decoding.values)


def test_the_codec_is_named() -> None:
    assert CODECS["the-things-stack"] is decode_uplink
