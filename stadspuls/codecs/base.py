"""What every codec takes and gives; a codec knows neither registry nor Kafka."""

from typing import Protocol
from zoneinfo import ZoneInfo

import msgspec

from stadspuls.model import Reason, Value


class CodecContext(msgspec.Struct, frozen=True):
    """What a codec may know of a message besides its bytes."""

    topic: str
    received_at: int
    """Microseconds since 1970, UTC; decides between the two readings of an ambiguous local time."""
    time_zone: ZoneInfo | None = None
    """Zone of times that name none; None: such times are refused."""
    ignore: frozenset[str] = frozenset()
    """Fields that are skipped unread."""


class Decoded(msgspec.Struct):
    """One value of a message; types and ranges are checked later, against the property."""

    sensor: str | None
    """Where the payload tells its sensor; None: the topic does."""
    time: int
    """Microseconds since 1970, UTC."""
    name: str
    value: Value


class Fault(msgspec.Struct, frozen=True):
    """One field that cannot be used; the others of its message can."""

    reason: Reason
    detail: str
    name: str


class Decoding(msgspec.Struct):
    """What a message held; at least one of the lists has an entry."""

    values: list[Decoded]
    faults: list[Fault]


class Codec(Protocol):
    """Reads one form of payload; the same bytes in the same context always give the same."""

    def __call__(self, payload: bytes, context: CodecContext) -> Decoding:
        """The values and faults of a message.

        Raises:
            CodecError: when nothing of the message can be used; the only error that a codec raises.
        """
        ...
