"""What every codec takes and gives; a codec knows neither registry nor Kafka."""

from collections.abc import MutableMapping
from typing import Protocol
from zoneinfo import ZoneInfo

import msgspec

from stadspuls.model import Reason, Value


class Untyped(str):
    """A value whose form of payload knows nothing but text; it is read as its property's type says."""


class Birth(msgspec.Struct, frozen=True):
    """What a sender announced of its metrics before it began to send them: names by alias, types by name."""

    names: dict[int, str]
    types: dict[str, int]
    session: int | None = None
    """Number of the sender's session, by which a late farewell of an earlier one is told apart."""
    sent: int = 0
    """When it was sent, in milliseconds of the sender's own clock; 0 when it did not say."""
    received: int = 0
    """When it was received; the copy of a frame keeps the instant of the first."""


Memory = MutableMapping[str, Birth]
"""What the messages of a partition announced, by the sender's topic. It changes by messages alone, in their order."""


class CodecContext(msgspec.Struct, frozen=True):
    """What a codec may know of a message besides its bytes."""

    topic: str
    received_at: int
    """Microseconds since 1970, UTC; decides between the two readings of an ambiguous local time."""
    time_zone: ZoneInfo | None = None
    """Zone of times that name none; None: such times are refused."""
    ignore: frozenset[str] = frozenset()
    """Fields that are skipped unread."""
    memory: Memory | None = None
    """What earlier messages announced; None: nothing is remembered."""


class Decoded(msgspec.Struct):
    """One value of a message; types and ranges are checked later, against the property."""

    sensor: str | None
    """Where the payload tells its sensor, as the payload calls it; None: the topic does."""
    time: int
    """Microseconds since 1970, UTC."""
    name: str
    value: Value
    unit: str | None = None
    """In UCUM, where the payload tells it; `UNSTATED`: a number without a unit that could be anything."""


UNSTATED = "unstated"
"""The unit of a value that may not be published before the city file names its unit."""


class Fault(msgspec.Struct, frozen=True):
    """One field that cannot be used; the others of its message can."""

    reason: Reason
    detail: str
    name: str


class Decoding(msgspec.Struct):
    """What a message held; both lists are empty when it is understood and holds no reading (a start, a farewell)."""

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
