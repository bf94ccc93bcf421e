"""Bytes of LoRaWAN devices: every published vector, what is refused, and any bytes at all."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from stadspuls.codecs.payloads import DECODERS
from stadspuls.errors import CodecError
from stadspuls.model import Reason
from tests.stadspuls.codecs.vectors.places import HERE, SHARED

VENDOR = HERE / "lorawan-devices"
FILES = {
    "bosch-tps110": "bosch/tps110-0292-codec.yaml",
    "nwave-nps405": "nwave/nps405-codec.yaml",
    "nwave-nps310sm": "nwave/nps310sm-codec.yaml",
    "decentlab-dl-pm": "decentlab/dl-pm-codec.yaml",
    "atomsenses-as-202": "atomsenses/as-202-codec.yaml",
}
Vector = tuple[int, bytes, dict[str, object]]


def vectors(file: Path) -> list[Vector]:
    examples = yaml.safe_load(file.read_text())["uplinkDecoder"]["examples"]
    return [(e["input"]["fPort"], bytes(e["input"]["bytes"]), e["output"]["data"]) for e in examples]


PUBLISHED = [(name, *vector) for name, file in FILES.items() for vector in vectors(VENDOR / file)]


@pytest.mark.parametrize(("name", "port", "payload", "expected"), PUBLISHED)
def test_a_published_vector_gives_its_published_output(
    name: str, port: int, payload: bytes, expected: dict[str, object]
) -> None:
    assert DECODERS[name].decode(port, payload) == expected


def test_the_copied_vectors_are_the_published_ones() -> None:
    folder = SHARED / "lorawan-codecs" / "vendor"
    if not folder.is_dir():
        pytest.skip("../shared/conformance is not here")
    for file in FILES.values():
        assert vectors(folder / file) == vectors(VENDOR / file)
    assert len(list(folder.rglob("*-codec.yaml"))) == len(FILES)


@pytest.mark.parametrize(
    ("frame", "occupied", "kind"),
    [
        ("806E000900390000000000", True, "info"),
        ("006E000900390000000000", False, "info"),
        ("81C60014053300D90C80C8", True, "keep-alive"),
        ("829F665700000D9F00FF00", True, "daily"),
        # Firmware 1.x: 12 bytes; a start comes before the first measurement.
        ("0400003f34b909173f600fc2", None, "start-1"),
        ("0303071E01921085853AC6", None, "error"),
        ("850106160801010100014B", None, "start-2"),
    ],
)
def test_a_frame_of_libelium_tells_its_kind_and_the_state_it_can_know(
    frame: str, occupied: bool | None, kind: str
) -> None:
    fields = DECODERS["libelium-parking"].decode(0, bytes.fromhex(frame))
    assert (fields["occupied"], fields["type"]) == (occupied, kind)


@pytest.mark.parametrize(
    ("name", "port", "payload", "told"),
    [
        ("bosch-tps110", 1, "", "a parking status has at least 1 bytes, this one 0"),
        ("bosch-tps110", 3, "24030000", "a start-up has at least 17 bytes, this one 4"),
        ("bosch-tps110", 9, "01", "no frame of this device has f_port 9; known: 1 to 6"),
        ("nwave-nps405", 2, "00d3", "a heartbeat has at least 3 bytes, this one 2"),
        ("nwave-nps405", 10, "d1201f", "a user registration has at least 6 bytes"),
        ("nwave-nps310sm", 10, "01", "no frame of this device has f_port 10"),
        ("libelium-parking", 1, "80", "a frame has 11 or 12 bytes, this one 1"),
        ("libelium-parking", 1, "0f00000000000000000000", "no kind of frame has the number 15"),
        ("decentlab-dl-pm", 1, "011b500001", "protocol version 1 doesn't match v2"),
        ("decentlab-dl-pm", 1, "021b50000f0c25", "a payload with group 1 has at least 27 bytes, this one 7"),
        ("atomsenses-as-202", 85, "01755c0973", "byte 3: no channel and type 09 73 is known"),
        ("atomsenses-as-202", 85, "036734", "a payload with temperature has at least 4 bytes, this one 3"),
    ],
)
def test_what_is_no_frame_says_what_and_where(name: str, port: int, payload: str, told: str) -> None:
    with pytest.raises(CodecError) as raised:
        DECODERS[name].decode(port, bytes.fromhex(payload))
    assert raised.value.reason is Reason.UNDECODABLE
    assert told in raised.value.detail


def test_a_tag_beside_an_empty_space_says_nothing_of_the_space() -> None:
    assert DECODERS["nwave-nps405"].decode(10, bytes.fromhex("00201f345678"))["occupied"] is None


@pytest.mark.parametrize(
    ("byte", "minutes", "error", "overflow"),
    [(89, 89, 0, False), (90, 90, 4, False), (119, 235, 4, False), (120, 240, 59, False), (126, 600, 59, False)],
)
def test_the_duration_of_a_former_state_is_unpacked(byte: int, minutes: int, error: int, overflow: bool) -> None:
    fields = DECODERS["nwave-nps405"].decode(1, bytes([byte << 1]))
    assert fields["previous_state_duration"] == minutes
    assert fields["previous_state_duration_error"] == error
    assert fields["previous_state_duration_overflow"] is overflow


@pytest.mark.parametrize("name", sorted(DECODERS))
@given(port=st.integers(0, 255), payload=st.binary(max_size=300))
def test_any_bytes_give_fields_or_a_codec_error(name: str, port: int, payload: bytes) -> None:
    try:
        fields = DECODERS[name].decode(port, payload)
    except CodecError:
        return
    results = {field for field in DECODERS[name].results if fields.get(field) is not None}
    assert all(isinstance(fields[field], bool | int | float | dict) for field in results)


@given(st.sampled_from(PUBLISHED), st.data())
def test_a_changed_vector_gives_fields_or_a_codec_error(
    vector: tuple[str, int, bytes, dict[str, object]], data: st.DataObject
) -> None:
    name, port, payload, _ = vector
    place = data.draw(st.integers(0, len(payload) - 1))
    changed = payload[:place] + data.draw(st.binary(max_size=4)) + payload[place + data.draw(st.integers(0, 2)) :]
    try:
        DECODERS[name].decode(port, changed)
    except CodecError:
        return
