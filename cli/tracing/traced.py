"""What is told of a reading; the same names in JSON, in camel case. Instants are RFC 3339, durations seconds."""

import msgspec

from stadspuls.model import Value


class Looked(msgspec.Struct, rename="camel"):
    """How far a topic was searched."""

    topic: str
    partition: int
    records: int
    """That were looked at."""
    oldest_kept: int
    """The first offset that Kafka has."""
    end: int
    """The offset behind the last."""


class Received(msgspec.Struct, rename="camel"):
    """Where its message lies."""

    topic: str
    partition: int
    offset: int
    index: int
    """Which message of the frame, from 0."""
    messages: int
    """In the frame."""
    mqtt_topic: str
    bytes: int
    received_at: str
    retained: bool


class Served(msgspec.Struct, rename="camel"):
    """One address of open data that should have an observation."""

    what: str
    url: str
    has_it: bool | None
    """None: it was not asked, or gave no answer."""
    said: str
    """What the answer was, where it does not have it."""


class Published(msgspec.Struct, rename="camel"):
    """An observation, where it lies, and who has it."""

    topic: str
    partition: int
    offset: int
    source_offset: int
    """Of the frame in topic messages that caused it."""
    part: int
    parts: int
    registry: str
    id: str
    observed_property: str = msgspec.field(name="property")
    value: Value
    unit: str
    quality: str
    observed_at: str
    published_at: str
    observed_to_received_seconds: float
    received_to_published_seconds: float
    stored: str
    """`yes`, `no`, `not-yet`, `other-value`, or `unknown`."""
    stored_value: Value | None
    stored_said: str
    served: list[Served]


class Rejected(msgspec.Struct, rename="camel"):
    """A message, or a value in it, that was kept back."""

    topic: str
    partition: int
    offset: int
    key: str
    reason: str
    detail: str
    observed_property: str | None = msgspec.field(name="property")
    rejected_at: str
    replayed_at: str | None
    kept: bool | None
    """Whether the store has it, for `stadspuls rejected show`; None: the store did not answer."""


class Trace(msgspec.Struct, rename="camel"):
    """One reading, from stage to stage; a stage that it was not found in is None or empty."""

    sensor: str
    dataset: str
    registered: bool
    outcome: str
    """`published`, `rejected`, `both`, `repeated`, `waiting`, `received`, or `not-found`."""
    said: str
    """The same in words."""
    looked: list[Looked]
    received: Received | None
    published: list[Published]
    rejected: list[Rejected]
