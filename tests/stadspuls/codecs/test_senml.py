"""SenML: base fields, relative times, resolved form; the published packs of RFC 8428; any pack at all."""

import json
from pathlib import Path
from typing import Any

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stadspuls.clock import SECOND, parse_rfc3339
from stadspuls.codecs import CodecContext, Decoded, Fault
from stadspuls.codecs.senml import Record, decode_senml_cbor, decode_senml_json, resolve
from stadspuls.errors import CodecError
from stadspuls.model import Reason
from tests.stadspuls.codecs.vectors.places import SHARED

NOW = parse_rfc3339("2026-01-05T08:00:05Z")
AT = 1_767_600_000
CONTEXT = CodecContext("gent/senml/station-1", NOW)
DEVICE = "urn:dev:mac:0024befffe804ff1"
LABELS = {"bn": -2, "bt": -3, "bu": -4, "bv": -5, "bs": -6, "bver": -1} | {
    label: number for number, label in enumerate(("n", "u", "v", "vs", "vb", "s", "t", "ut", "vd"))
}


def pack(*records: dict[str, Any]) -> bytes:
    return json.dumps(records).encode()


def resolved(*records: dict[str, Any]) -> list[Record]:
    found, faults = resolve(list(records), NOW)
    assert faults == []
    return found


def fault(*records: dict[str, Any]) -> Fault:
    _, [found] = resolve(list(records), NOW)
    return found


def refusal(payload: bytes) -> str:
    with pytest.raises(CodecError) as raised:
        decode_senml_json(payload, CONTEXT)
    assert raised.value.reason is Reason.UNDECODABLE
    return raised.value.detail


def test_a_pack_gives_values_with_sensor_time_and_unit() -> None:
    payload = pack(
        {"bn": f"{DEVICE}/", "bt": AT, "bu": "ug/m3", "n": "no2", "v": 23.4},
        {"n": "pm10", "v": 14, "t": -60},
        {"n": "humidity", "u": "%RH", "v": 81},
        {"n": "occupied", "vb": True},
        {"n": "state", "vs": "open"},
    )
    decoding = decode_senml_json(payload, CONTEXT)
    assert decoding.faults == []
    assert decoding.values == [
        Decoded(DEVICE, AT * SECOND, "no2", 23.4, "ug/m3"),
        Decoded(DEVICE, (AT - 60) * SECOND, "pm10", 14.0, "ug/m3"),
        Decoded(DEVICE, AT * SECOND, "humidity", 81.0, "%"),
        Decoded(DEVICE, AT * SECOND, "occupied", True, "ug/m3"),
        Decoded(DEVICE, AT * SECOND, "state", "open", "ug/m3"),
    ]


def test_a_name_without_parts_leaves_the_sensor_to_the_topic() -> None:
    [value] = decode_senml_json(pack({"n": "no2", "v": 1}), CONTEXT).values
    assert (value.sensor, value.name) == (None, "no2")


@pytest.mark.parametrize(
    ("base", "time", "expected"),
    [
        ({}, {}, NOW),
        ({}, {"t": -5}, NOW - 5 * SECOND),
        ({"bt": -10}, {"t": -5}, NOW - 15 * SECOND),
        ({}, {"t": 2**28 - 1}, NOW + (2**28 - 1) * SECOND),
        ({}, {"t": AT}, AT * SECOND),
        ({"bt": AT}, {"t": -5.25}, AT * SECOND - 5_250_000),
        ({"bt": 1276020076.001}, {"t": -5}, 1_276_020_071_001_000),
    ],
)
def test_times_below_two_to_the_28th_count_from_reception(
    base: dict[str, Any], time: dict[str, Any], expected: int
) -> None:
    assert [record.time for record in resolved({**base, **time, "n": "a", "v": 1})] == [expected]


def test_base_fields_hold_until_they_are_said_anew() -> None:
    records = resolved(
        {"bn": "a/", "bu": "Cel", "bv": 20, "n": "t", "v": 1.5},
        {"n": "t", "v": -1},
        {"bn": "b/", "n": "t", "v": 0},
        {"bn": "c/", "bu": "V", "bv": 0},
        {"n": "u", "v": 3, "u": "A"},
    )
    assert [(r.name, r.value, r.unit) for r in records] == [
        ("a/t", 21.5, "Cel"),
        ("a/t", 19.0, "Cel"),
        ("b/t", 20.0, "Cel"),
        ("c/u", 3.0, "A"),
    ]


@pytest.mark.parametrize(
    ("record", "told"),
    [
        ({"n": "no2", "u": "ug/m3"}, "'no2' has no value; a record has one value"),
        ({"n": "no2", "v": 23.4, "vs": "23.4"}, "'no2' has v and vs"),
        ({"n": "no2", "vd": "aGkgCg"}, "'no2' has data, which is no result"),
        ({"n": "no2", "v": "23.4"}, "v '23.4', which is of another type"),
        ({"n": "no2", "vb": 1}, "vb 1.0, which is of another type"),
        ({"n": "-no2", "v": 1}, "'-no2' is no name of a record"),
        ({"v": 1}, "'' is no name of a record"),
        ({"n": 7, "bn": "é", "v": 1}, "is no name of a record"),
        ({"n": "no2", "v": 1, "t": "soon"}, "bt 0 and t 'soon' are no time"),
        ({"n": "no2", "v": 1, "bt": 3e8}, "are no time"),
        ({"n": "no2", "v": 1, "bt": 10**19}, "are no time"),
        ({"n": "no2", "v": 1, "bv": "x"}, "another type"),
    ],
)
def test_a_bad_record_loses_only_itself(record: dict[str, Any], told: str) -> None:
    records, [found] = resolve([record, {"bn": "", "bv": 0, "bt": AT, "n": "pm10", "v": 12}], NOW)
    assert [r.name for r in records] == ["pm10"]
    assert told in found.detail
    assert len(found.detail) < 200


def test_an_infinite_value_is_impossible() -> None:
    assert fault({"n": "no2", "v": 1e308, "bv": 1e308}).reason is Reason.IMPOSSIBLE


def test_a_sum_alone_is_no_reading() -> None:
    assert resolve([{"n": "energy", "s": 12.5}], NOW) == ([], [])


@pytest.mark.parametrize(
    ("payload", "told"),
    [
        (b"{}", "a pack is an array of records, and this is an object"),
        (b"[]", "the pack is empty"),
        (b"[1]", "record 0 is 1, not an object"),
        (b'[{"n": "no2", "v": 23.4, "calibrated_": true}]', "record 0 needs 'calibrated_' to be understood"),
        (b'[{"bver": 11, "n": "no2", "v": 1}]', "record 0 is of version 11; 10 is read"),
        (b'[{"bver": "5", "n": "no2", "v": 1}]', "record 0 is of version '5'"),
        (b"[{", "no JSON"),
    ],
)
def test_what_is_no_pack_is_refused_whole(payload: bytes, told: str) -> None:
    assert told in refusal(payload)


@pytest.mark.parametrize(
    "payload", [b"", b"\xff", b"\x81" * 60_000, b"\x9b\xff\xff\xff\xff\xff\xff\xff\xff", b"\xd8\x1c\x81\xd8\x1d\x00"]
)
def test_what_is_no_cbor_is_refused(payload: bytes) -> None:
    with pytest.raises(CodecError):
        decode_senml_cbor(payload, CONTEXT)


PACKS = sorted((SHARED / "senml" / "rfc8428").glob("ex*[0-9].json"))
WITHOUT_TIME = {"ex1", "ex2", "ex7", "ex9"}
"""Their published resolved forms hold the moment at which somebody made them."""
HERE = pytest.mark.skipif(not PACKS, reason="../shared/conformance is not here")


def published(stem: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((SHARED / "senml" / "rfc8428" / f"{stem}.gen.resolved.json").read_text())
    return found


@HERE
@pytest.mark.parametrize("file", [file for file in PACKS if file.stem != "ex13"], ids=lambda file: file.stem)
def test_a_published_pack_resolves_to_its_published_form(file: Path) -> None:
    records, faults = resolve(json.loads(file.read_text()), NOW)
    expected = published(file.stem)
    assert [(r.name, r.unit, r.value) for r in records] == [
        (e["n"], e.get("u"), next(e[label] for label in ("v", "vs", "vb") if label in e)) for e in expected
    ]
    if file.stem not in WITHOUT_TIME:
        assert [r.time for r in records] == [round(e["t"] * SECOND) for e in expected]
    # Only ex7 has a record of data, which its published form leaves out too.
    assert [f.name.rpartition(":")[2] for f in faults] == (["nfv-reader"] if file.stem == "ex7" else [])


@HERE
@pytest.mark.parametrize("file", PACKS, ids=lambda file: file.stem)
def test_a_pack_in_cbor_says_what_it_says_in_json(file: Path) -> None:
    records = json.loads(file.read_text())
    labelled = [{LABELS.get(label, label): value for label, value in record.items()} for record in records]
    assert decode_senml_cbor(cbor2.dumps(labelled), CONTEXT) == decode_senml_json(file.read_bytes(), CONTEXT)


@HERE
def test_the_shared_samples_are_judged_as_named() -> None:
    folder = SHARED / "senml" / "samples"
    for file in folder.glob("ok-*[a-z].json"):
        if "resolved" not in file.name:
            assert decode_senml_json(file.read_bytes(), CONTEXT).faults == []
    for file in folder.glob("broken-*.json"):
        try:
            assert decode_senml_json(file.read_bytes(), CONTEXT).faults
        except CodecError:
            assert file.stem == "broken-must-understand"


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
labels = st.sampled_from([*LABELS, "x", "x_"])
records_ = st.dictionaries(labels, scalars | st.lists(scalars, max_size=2), max_size=6)


@given(st.lists(records_ | scalars, max_size=5))
def test_any_pack_gives_values_faults_or_a_codec_error(records: list[object]) -> None:
    try:
        decoding = decode_senml_json(json.dumps(records).encode(), CONTEXT)
    except CodecError:
        return
    assert all(len(f.detail) < 300 for f in decoding.faults)


cbor_scalars = scalars | st.binary(max_size=8) | st.integers(-(2**80), 2**80)
cbor_labels = st.sampled_from(list(LABELS.values())) | st.integers() | st.text(max_size=4)


@given(st.binary() | st.lists(st.dictionaries(cbor_labels, cbor_scalars, max_size=6), max_size=4).map(cbor2.dumps))
def test_any_cbor_gives_values_faults_or_a_codec_error(payload: bytes) -> None:
    try:
        decode_senml_cbor(payload, CONTEXT)
    except CodecError:
        return


@given(
    st.integers(2**28, 4_000_000_000),
    st.lists(st.tuples(st.from_regex(r"[a-z][a-z0-9]{0,7}", fullmatch=True), st.floats(-1e9, 1e9)), min_size=1),
)
def test_what_was_written_is_read(seconds: int, given_: list[tuple[str, float]]) -> None:
    seconds = max(seconds, 400_000_000)
    payload = pack({"bn": "dev/", "bt": seconds}, *({"n": name, "v": value} for name, value in given_))
    values = decode_senml_json(payload, CONTEXT).values
    assert [(v.sensor, v.name, v.value, v.time) for v in values] == [
        ("dev", name, value, seconds * SECOND) for name, value in given_
    ]
