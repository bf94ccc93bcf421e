"""What decoders of device payloads share: the form they have, and how a payload that is too short is told."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from stadspuls.errors import CodecError
from stadspuls.model import Reason

Fields = dict[str, object]
"""What a payload says, in its maker's own words."""


class PayloadDecoder(NamedTuple):
    """Reads the bytes of one kind of device."""

    decode: Callable[[int, bytes], Fields]
    """Port and bytes to fields; raises CodecError when they are none of this device."""
    results: Mapping[str, tuple[str, str | None]]
    """Fields that are results: property and unit (UCUM) by field. The others tell of the device itself."""
    models: frozenset[tuple[str, str]] = frozenset()
    """Brand and model by which The Things Stack calls the device."""


def need(payload: bytes, length: int, what: str) -> None:
    """Refuse a payload that is shorter than a frame of its kind.

    Raises:
        CodecError: naming the frame and both lengths.
    """
    if len(payload) < length:
        raise CodecError(Reason.UNDECODABLE, f"{what} has at least {length} bytes, this one {len(payload)}")


def unknown_port(port: int, known: str) -> CodecError:
    """The error for a port that the device does not use."""
    return CodecError(Reason.UNDECODABLE, f"no frame of this device has f_port {port}; known: {known}")


def u16(payload: bytes, place: int) -> int:
    """Two bytes as a number, the high one first."""
    return payload[place] << 8 | payload[place + 1]
