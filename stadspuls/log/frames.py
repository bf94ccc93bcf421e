"""Frames: what one Kafka record holds, as MessagePack arrays behind a small header.

Every frame opens with the same five fields: format version, source offset, part, parts, registry version. Arrays only
grow at the end; a reader ignores what it does not know and refuses a newer version by name.
"""

from collections.abc import Sequence
from typing import Annotated, Protocol, TypeVar

import msgspec

from stadspuls.errors import FrameError, FrameVersionError
from stadspuls.model import Datastream, Message, Observation, Quality, Rejection, Value

VERSION = 1
NO_SOURCE = -1
"""Source offset of a frame that no other frame caused."""


class MessageFrame(msgspec.Struct, array_like=True):
    """Messages of one partition, collected by the bridge for some 50 ms."""

    version: int
    source_offset: int
    part: int
    parts: int
    registry: str
    messages: list[Message]


class _Row(msgspec.Struct, array_like=True):
    """An observation inside a frame; `stream` counts in the frame's own list of datastreams."""

    stream: Annotated[int, msgspec.Meta(ge=0)]
    observed_at: int
    received_at: int
    published_at: int
    value: Value
    quality: Quality = Quality.GOOD
    test: str | None = None
    known: int | None = None
    capacity: int | None = None


class _RowFrame(msgspec.Struct, array_like=True):
    version: int
    source_offset: int
    part: int
    parts: int
    registry: str
    datastreams: list[Datastream]
    rows: list[_Row]


class ObservationFrame(msgspec.Struct):
    """What one frame of `messages` published: observations of one partition, in order of `published_at`."""

    source_offset: int
    part: int
    parts: int
    registry: str
    observations: list[Observation]

    @property
    def last_part(self) -> bool:
        """Whether nothing of the same source frame follows."""
        return self.part == self.parts - 1


class RejectedFrame(msgspec.Struct, array_like=True):
    """What one frame of `messages` yielded that could not be published."""

    version: int
    source_offset: int
    part: int
    parts: int
    registry: str
    rejections: list[Rejection]


class _Header(msgspec.Struct, array_like=True):
    version: int
    source_offset: int


_encoder = msgspec.msgpack.Encoder()
_message_decoder = msgspec.msgpack.Decoder(MessageFrame)
_row_decoder = msgspec.msgpack.Decoder(_RowFrame)
_rejected_decoder = msgspec.msgpack.Decoder(RejectedFrame)
_header_decoder = msgspec.msgpack.Decoder(_Header)


def encode_messages(messages: list[Message], registry: str) -> bytes:
    """Messages of one partition as a record of topic `messages`."""
    return _encoder.encode(MessageFrame(VERSION, NO_SOURCE, 0, 1, registry, messages))


def encode_observations(frame: ObservationFrame) -> bytes:
    """A frame of observations as a record of topic `observations`."""
    places: dict[int, int] = {}
    streams: list[Datastream] = []
    rows: list[_Row] = []
    for o in frame.observations:
        # By identity of the object: hashing eight strings for each value would cost more than encoding it.
        place = places.get(id(o.datastream))
        if place is None:
            place = places[id(o.datastream)] = len(streams)
            streams.append(o.datastream)
        row = _Row(
            place,
            o.observed_at,
            o.received_at,
            o.published_at,
            o.value,
            o.quality,
            o.test,
            o.known,
            o.capacity,
        )
        rows.append(row)
    return _encoder.encode(
        _RowFrame(VERSION, frame.source_offset, frame.part, frame.parts, frame.registry, streams, rows)
    )


def encode_rejected(rejections: Sequence[Rejection], source_offset: int, registry: str) -> bytes:
    """Rejections of one input frame as a record of topic `rejected`."""
    return _encoder.encode(RejectedFrame(VERSION, source_offset, 0, 1, registry, list(rejections)))


class _Versioned(Protocol):
    version: int


_Frame = TypeVar("_Frame", bound=_Versioned)


def _decode(decoder: msgspec.msgpack.Decoder[_Frame], record: bytes) -> _Frame:
    try:
        frame = decoder.decode(record)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        _refuse_newer(record)
        raise FrameError(f"a record of {len(record)} bytes is no frame: {error}") from error
    if frame.version > VERSION:
        _refuse_newer(record)
    return frame


def _refuse_newer(record: bytes) -> None:
    try:
        version = _header_decoder.decode(record).version
    except msgspec.DecodeError:
        return
    if version > VERSION:
        raise FrameVersionError(
            f"a frame has format version {version}; this Stadspuls reads up to {VERSION}: upgrade it first"
        )


def source_of(record: bytes) -> int:
    """The source offset of any frame; `NO_SOURCE` of one that no other caused.

    Raises:
        FrameError: when the record is no frame.
    """
    try:
        return _header_decoder.decode(record).source_offset
    except msgspec.DecodeError as error:
        raise FrameError(f"a record of {len(record)} bytes is no frame: {error}") from error


def decode_messages(record: bytes) -> MessageFrame:
    """A record of topic `messages`.

    Raises:
        FrameError: when the record is no frame, or is newer than this reader.
    """
    return _decode(_message_decoder, record)


def decode_observations(record: bytes) -> ObservationFrame:
    """A record of topic `observations`, its rows joined with their datastreams.

    Raises:
        FrameError: when the record is no frame, or is newer than this reader.
    """
    frame = _decode(_row_decoder, record)
    streams = frame.datastreams
    try:
        observations = [
            Observation(
                streams[row.stream],
                row.observed_at,
                row.received_at,
                row.published_at,
                row.value,
                row.quality,
                row.test,
                row.known,
                row.capacity,
            )
            for row in frame.rows
        ]
    except IndexError as error:
        raise FrameError("a row names a datastream that its frame does not hold") from error
    return ObservationFrame(frame.source_offset, frame.part, frame.parts, frame.registry, observations)


def decode_rejected(record: bytes) -> RejectedFrame:
    """A record of topic `rejected`.

    Raises:
        FrameError: when the record is no frame, or is newer than this reader.
    """
    return _decode(_rejected_decoder, record)
