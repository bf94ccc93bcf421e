"""The words of SOSA and SensorThings as Stadspuls uses them, from reading to observation.

Instants are integers: microseconds since 1970, UTC (`stadspuls.clock`). The structs that travel in frames are
arrays on the wire: fields are only added at the end.
"""

import hashlib
from enum import StrEnum
from typing import NamedTuple
from urllib.parse import quote

import msgspec

Value = float | bool | str
"""A result: a number (always float64), a boolean, or text."""


class Origin(StrEnum):
    """Where a dataset's values come from; a simulation never passes for a measurement."""

    MEASURED = "measured"
    REPLAYED = "replayed"
    SIMULATED = "simulated"


class Quality(StrEnum):
    """What the checks say of a published value."""

    GOOD = "good"
    SUSPECT = "suspect"
    INCOMPLETE = "incomplete"


class Procedure(StrEnum):
    """How a datastream comes about: sensed by a device, or derived from other datastreams."""

    SENSED = "sensed"
    DERIVED = "derived"


class Reason(StrEnum):
    """Why a message, or one value in it, was kept back instead of published."""

    UNDECODABLE = "undecodable"
    TOO_LARGE = "too-large"
    UNREGISTERED = "unregistered"
    IMPOSSIBLE = "impossible"
    FUTURE = "future"
    NO_TIME_ZONE = "no-time-zone"
    CONFLICT = "conflict"
    REFUSED = "refused"
    """Published, but the store's server does not take it."""


class Identity(NamedTuple):
    """What makes an observation the same one: its datastream and the instant it was observed."""

    dataset: str
    sensor: str
    observed_property: str
    observed_at: int


class Datastream(msgspec.Struct, frozen=True, array_like=True):
    """A sensor's series of one property, with what an answer must say of it (`gent/parking`, `P1`, `vacantSpaces`)."""

    city: str
    theme: str
    site: str
    sensor: str
    observed_property: str
    unit: str
    origin: Origin = Origin.MEASURED
    procedure: Procedure = Procedure.SENSED

    @property
    def dataset(self) -> str:
        """The dataset's name, city and theme: `gent/parking`."""
        return f"{self.city}/{self.theme}"


class Reading(msgspec.Struct):
    """One decoded value on its way to become an observation."""

    datastream: Datastream
    observed_at: int
    received_at: int
    value: Value
    quality: Quality = Quality.GOOD
    test: str | None = None
    """Name of the plausibility test that made the value suspect."""
    known: int | None = None
    """For a derived count: how many parts have reported."""
    capacity: int | None = None
    """For a derived count: how many parts there are."""
    index: int = 0
    """Which message of its input frame it came from."""

    @property
    def identity(self) -> Identity:
        """The reading's identity in the published log."""
        stream = self.datastream
        return Identity(stream.dataset, stream.sensor, stream.observed_property, self.observed_at)


class Observation(msgspec.Struct, frozen=True):
    """One published, checked value of a datastream with its three clocks."""

    datastream: Datastream
    observed_at: int
    received_at: int
    published_at: int
    value: Value
    quality: Quality = Quality.GOOD
    test: str | None = None
    known: int | None = None
    capacity: int | None = None

    @property
    def identity(self) -> Identity:
        """The observation's identity: no two published observations share it."""
        stream = self.datastream
        return Identity(stream.dataset, stream.sensor, stream.observed_property, self.observed_at)


class Message(msgspec.Struct, array_like=True):
    """An MQTT message as the bridge received it, undecoded.

    A payload over the limit is cut; `length` and `sha256` then tell of the whole.
    """

    topic: str
    payload: bytes
    received_at: int
    length: int | None = None
    sha256: bytes | None = None
    retained: bool = False
    """Whether the broker had it from before the bridge subscribed, so that it may have come before."""


_NAME_IN_KEY = 64
"""Characters of a property in a rejection's key: a message has one rejection for a reason, so none is lost."""


class Rejection(msgspec.Struct, array_like=True, frozen=True):
    """A message, or one value in it, kept back with the reason and the original bytes.

    Once its message was replayed and not rejected again for this, it is kept with `replayed_at`.
    """

    reason: Reason
    detail: str
    topic: str
    payload: bytes
    received_at: int
    rejected_at: int
    partition: int
    """Partition of the topic `messages` it came in."""
    offset: int
    """Offset of its frame in that partition."""
    index: int
    """Which message of the frame."""
    dataset: str | None = None
    sensor: str | None = None
    observed_property: str | None = None
    length: int | None = None
    sha256: bytes | None = None
    retained: bool = False
    """As its message was."""
    replayed_at: int | None = None
    """When it was known that a replay of its message had been worked through without this rejection."""

    @property
    def city(self) -> str:
        """First level of the topic: the city whose operators may see it."""
        return self.topic.split("/", 1)[0]

    @property
    def key(self) -> str:
        """The rejection's own name; the same when its message is worked through again, whatever its offset is then."""
        message = hashlib.sha256(b"\0".join((self.topic.encode(), self.sha256 or b"", self.payload))).hexdigest()[:16]
        # A property may be any text that a device sent: here it is safe in addresses, shells and terminals.
        name = quote((self.observed_property or "")[:_NAME_IN_KEY], safe="", errors="replace").replace("%", "~")
        return f"{self.received_at}-{message}-{self.reason}-{name}"
