"""What is told of a message: each step of the pipeline, and what came of it."""

from datetime import datetime
from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType

from apis.data.models import ObservationEntry
from stadspuls.model import Reason, Value

Outcome = Literal["published", "partly published", "rejected", "no reading"]
ValueOutcome = Literal["published", "suspect", "rejected", "no new reading"]
SensorFrom = Literal["topic", "devices", "payload"]
CHECKS = ("unit", "registered", "type", "time", "possible", "plausible")
"""In the order in which the pipeline makes them; the zone of a time is the codec's to judge."""


class Why(msgspec.Struct, frozen=True):
    """Why a message, or a value in it, is not published: as its rejection says it."""

    reason: Reason
    detail: str


class TakenRoute(msgspec.Struct, rename="camel", omit_defaults=True, frozen=True):
    """Where a message goes and how it is read."""

    dataset: str
    codec: str
    sensor: str | None
    """None: the payload must name it."""
    sensor_from: SensorFrom
    registered: bool | None
    """Whether the dataset has that sensor; None where the payload names it."""
    source: str | UnsetType = UNSET
    time_zone: str | UnsetType = UNSET
    """Of times that have none."""
    ignore: list[str] | UnsetType = UNSET


class ReadValue(msgspec.Struct, rename="camel", omit_defaults=True, frozen=True):
    """A value as the codec read it."""

    name: str
    value: Value
    time: datetime
    unit: str | UnsetType = UNSET
    sensor: str | UnsetType = UNSET


class NamedValue(msgspec.Struct, rename="camel", omit_defaults=True, frozen=True):
    """A value in the registry's own words."""

    sensor: str | None
    observed_property: str = msgspec.field(name="property")
    value: Value
    unit: str | UnsetType = UNSET


class Check(msgspec.Struct, rename="camel", omit_defaults=True, frozen=True):
    """One check of a value; the first that fails ends them, but for plausibility."""

    check: str
    passed: bool
    limits: str | UnsetType = UNSET


class ValueSteps(msgspec.Struct, rename="camel", omit_defaults=True, frozen=True, kw_only=True):
    """What became of one value."""

    read: ReadValue
    translated: NamedValue | UnsetType = UNSET
    checks: list[Check] | UnsetType = UNSET
    outcome: ValueOutcome
    why: Why | UnsetType = UNSET


class Explanation(msgspec.Struct, rename="camel", omit_defaults=True, frozen=True, kw_only=True):
    """What becomes of a message, and why."""

    topic: str
    received_at: datetime
    bytes: int
    retained: bool
    route: TakenRoute | None
    refused: Why | UnsetType = UNSET
    """Why nothing of the message could be used."""
    values: list[ValueSteps] | UnsetType = UNSET
    """What the codec read; absent when it never ran or refused the message."""
    unusable: list[Why] | UnsetType = UNSET
    """Fields that the codec could not use, beside the values."""
    outcome: Outcome
    observations: list[ObservationEntry] = []
    """As an API would give them."""
    derived: list[str] = []
    """What of a site is counted anew: `street vacantSpaces`."""
    repeated: int = 0
    """Readings that stand in the message twice."""
    rejections: list[Why] = []
    """As `stadspuls rejected` would list them."""
