"""Frames: what goes in comes out, older and newer writers are understood or refused by name."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stadspuls.errors import FrameError, FrameVersionError
from stadspuls.log import (
    ObservationFrame,
    decode_messages,
    decode_observations,
    decode_rejected,
    encode_messages,
    encode_observations,
    encode_rejected,
)
from stadspuls.log.frames import NO_SOURCE, VERSION
from stadspuls.model import Datastream, Message, Observation, Origin, Procedure, Quality, Reason, Rejection

instants = st.integers(-(2**60), 2**60)
texts = st.text(max_size=20)
values = st.floats(allow_nan=False) | st.booleans() | texts
sizes = st.none() | st.integers(0, 2**40)
messages = st.builds(Message, topic=texts, payload=st.binary(max_size=50), received_at=instants, length=sizes)
datastreams = st.builds(
    Datastream,
    city=texts,
    theme=texts,
    site=texts,
    sensor=texts,
    observed_property=texts,
    unit=texts,
    origin=st.sampled_from(Origin),
    procedure=st.sampled_from(Procedure),
)
rejections = st.builds(
    Rejection,
    reason=st.sampled_from(Reason),
    detail=texts,
    topic=texts,
    payload=st.binary(max_size=50),
    received_at=instants,
    rejected_at=instants,
    partition=st.integers(0, 1023),
    offset=st.integers(0, 2**60),
    index=st.integers(0, 10_000),
    dataset=st.none() | texts,
    length=sizes,
    sha256=st.none() | st.binary(min_size=32, max_size=32),
    retained=st.booleans(),
    replayed_at=st.none() | instants,
)


@st.composite
def frames(draw: st.DrawFn) -> ObservationFrame:
    streams = draw(st.lists(datastreams, min_size=1, max_size=4))
    observation = st.builds(
        Observation,
        datastream=st.sampled_from(streams),
        observed_at=instants,
        received_at=instants,
        published_at=instants,
        value=values,
        quality=st.sampled_from(Quality),
        test=st.none() | texts,
        known=sizes,
        capacity=sizes,
    )
    parts = draw(st.integers(1, 5))
    return ObservationFrame(
        source_offset=draw(st.integers(0, 2**60)),
        part=draw(st.integers(0, parts - 1)),
        parts=parts,
        registry=draw(texts),
        observations=draw(st.lists(observation, max_size=10)),
    )


ZOO = Datastream("gent", "parking", "zuid", "P1", "vacantSpaces", "{space}")
SEEN = Observation(ZOO, 1, 2, 3, 120.0)
KEPT = Rejection(Reason.IMPOSSIBLE, "-3 is below 0", "gent/parking/P1", b"{}", 1, 2, 0, 7, 0)

DECODERS: dict[str, tuple[Callable[[bytes], Any], bytes]] = {
    "messages": (decode_messages, encode_messages([Message("gent/parking/P1", b"{}", 1)], "abc")),
    "observations": (decode_observations, encode_observations(ObservationFrame(7, 0, 1, "abc", [SEEN]))),
    "rejected": (decode_rejected, encode_rejected([KEPT], 7, "abc")),
}


@given(st.lists(messages, max_size=10), texts)
def test_messages_come_out_as_they_went_in(sent: list[Message], registry: str) -> None:
    frame = decode_messages(encode_messages(sent, registry))
    assert frame.messages == sent
    assert (frame.version, frame.source_offset, frame.registry) == (VERSION, NO_SOURCE, registry)


@given(frames())
def test_observations_come_out_as_they_went_in(frame: ObservationFrame) -> None:
    read = decode_observations(encode_observations(frame))
    assert read == frame
    # 1 == 1.0 == True: the types count too.
    assert [type(o.value) for o in read.observations] == [type(o.value) for o in frame.observations]


@given(st.lists(rejections, max_size=10), st.integers(0, 2**60))
def test_rejections_come_out_as_they_went_in(kept: list[Rejection], offset: int) -> None:
    frame = decode_rejected(encode_rejected(kept, offset, "abc"))
    assert frame.rejections == kept
    assert frame.source_offset == offset


def test_rejections_of_before_there_were_replays_are_read() -> None:
    fields = msgspec.structs.astuple(KEPT)[:14]
    old = msgspec.msgpack.encode([1, 7, 0, 1, "abc", [fields]])
    [read] = decode_rejected(old).rejections
    assert msgspec.structs.astuple(read) == (*fields, False, None)


def test_a_datastream_stands_once_in_a_frame_however_many_values_it_has() -> None:
    frame = ObservationFrame(7, 0, 1, "abc", [SEEN] * 100)
    assert encode_observations(frame).count(b"vacantSpaces") == 1


def test_the_last_part_of_a_source_frame_is_known() -> None:
    assert not ObservationFrame(7, 0, 2, "abc", []).last_part
    assert ObservationFrame(7, 1, 2, "abc", []).last_part


@pytest.mark.parametrize("kind", DECODERS)
def test_a_newer_version_is_refused_by_name(kind: str) -> None:
    decode, record = DECODERS[kind]
    for fields in ([VERSION + 1, *msgspec.msgpack.decode(record)[1:]], [VERSION + 1, 7, {"all": "new"}]):
        with pytest.raises(FrameVersionError, match=f"format version {VERSION + 1}; .* up to {VERSION}"):
            decode(msgspec.msgpack.encode(fields))


@pytest.mark.parametrize("kind", DECODERS)
def test_fields_added_at_the_end_are_ignored_at_every_level(kind: str) -> None:
    decode, record = DECODERS[kind]
    assert decode(msgspec.msgpack.encode(grown(msgspec.msgpack.decode(record)))) == decode(record)


def grown(frame: list[Any]) -> list[Any]:
    """The frame with a new field at its end, and at the end of every struct in its lists."""
    return [*([[*item, "new"] for item in field] if isinstance(field, list) else field for field in frame), "new"]


def test_optional_fields_that_an_older_writer_left_out_get_their_defaults() -> None:
    header = [VERSION, 7, 0, 1, "abc"]
    old = [*header, [["gent", "parking", "zuid", "P1", "vacantSpaces", "{space}"]], [[0, 1, 2, 3, 120.0]]]
    (observation,) = decode_observations(msgspec.msgpack.encode(old)).observations
    assert observation == SEEN
    (message,) = decode_messages(msgspec.msgpack.encode([*header, [["a", b"b", 1]]])).messages
    assert (message.length, message.sha256) == (None, None)


@pytest.mark.parametrize("kind", DECODERS)
@given(garbage=st.binary(max_size=100))
def test_garbage_is_no_frame(kind: str, garbage: bytes) -> None:
    # A byte that opens no MessagePack value: whatever follows, this is no frame.
    with pytest.raises(FrameError):
        DECODERS[kind][0](b"\xc1" + garbage)


@pytest.mark.parametrize("kind", DECODERS)
@given(data=st.data())
def test_a_frame_that_is_cut_is_no_frame(kind: str, data: st.DataObject) -> None:
    decode, record = DECODERS[kind]
    with pytest.raises(FrameError):
        decode(record[: data.draw(st.integers(0, len(record) - 1))])


@pytest.mark.parametrize("kind", DECODERS)
@given(data=st.data())
def test_a_frame_with_a_changed_byte_is_read_or_refused_and_never_breaks_the_reader(
    kind: str, data: st.DataObject
) -> None:
    decode, record = DECODERS[kind]
    place = data.draw(st.integers(0, len(record) - 1))
    changed = record[:place] + bytes([data.draw(st.integers(0, 255))]) + record[place + 1 :]
    try:
        decode(changed)
    except FrameError:
        return


@pytest.mark.parametrize("row", [5, 1, -1])
def test_a_row_of_an_absent_datastream_is_refused(row: int) -> None:
    frame = [VERSION, 7, 0, 1, "abc", [["gent", "parking", "zuid", "P1", "vacantSpaces", "1"]], [[row, 1, 2, 3, 4.0]]]
    with pytest.raises(FrameError):
        decode_observations(msgspec.msgpack.encode(frame))
