"""The shapes of events, one struct each; `type` is also the event's name in a stream of server-sent events."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from apis.data.models import DatasetName, GeneratedAt, ObservationEntry

Position = Annotated[
    str,
    Meta(
        description="A place in a dataset's published log (`publishedAt` in microseconds), valid in every API process.",
        pattern="^[0-9]{1,16}$",
        examples=["1767600000171020"],
    ),
]


class ObservationEvent(ObservationEntry, kw_only=True):
    """One published observation and its dataset; the event's id is its `publishedAt` in microseconds."""

    dataset: DatasetName


class Snapshot(msgspec.Struct, rename="camel", tag_field="type", tag="snapshot"):
    """The newest observation of every datastream asked for; what follows is published after it."""

    generated_at: GeneratedAt
    observations: list[ObservationEvent]


class Stale(msgspec.Struct, rename="camel", omit_defaults=True, tag_field="type", tag="stale"):
    """A dataset has no news by its own rhythm; its next observation ends that."""

    dataset: DatasetName
    valid_until: Annotated[datetime, Meta(tz=True, description="When the next value was due at the latest.")]
    newest_observed_at: Annotated[datetime, Meta(tz=True, description="When its newest value was observed.")]


class Gap(msgspec.Struct, rename="camel", tag_field="type", tag="gap"):
    """The place to go on from is older than what is kept; what was published before `available_from` is missing."""

    dataset: DatasetName
    after: Position
    available_from: Annotated[datetime, Meta(tz=True, description="How far back the dataset is kept.")]


class Slow(msgspec.Struct, rename="camel", tag_field="type", tag="slow"):
    """The last event before a client that does not keep up is let go; nothing is lost to one that resumes."""

    detail: str
    resume_after: Annotated[
        dict[str, Position],
        Meta(description="By dataset: where to go on. Empty where a stream has no resume: it begins with a snapshot."),
    ]


class Observations(msgspec.Struct, rename="camel", tag_field="type", tag="observations"):
    """WebSocket: observations of one dataset that were published together; `id` is where to go on after them."""

    dataset: DatasetName
    id: Position
    observations: list[ObservationEvent]


Box = Annotated[
    list[float],
    Meta(
        description="West, south, east, north: degrees of longitude and latitude (WGS84).", min_length=4, max_length=4
    ),
]
Ref = Annotated[str, Meta(description="Anything; comes back in the reply.", max_length=64)]
Names = Annotated[list[str], Meta(max_length=100)]


class Subscribe(msgspec.Struct, tag_field="type", tag="subscribe", forbid_unknown_fields=True, omit_defaults=True):
    """Receive a dataset, or all that match; again for the same dataset: other filters from the same place on."""

    dataset: Annotated[str, Meta(description="One dataset.", examples=["gent/parking"])] | UnsetType = UNSET
    city: Names | UnsetType = UNSET
    theme: Names | UnsetType = UNSET
    site: Names | UnsetType = UNSET
    sensor: Names | UnsetType = UNSET
    property: Names | UnsetType = UNSET
    bbox: Box | UnsetType = UNSET
    after: Annotated[Position, Meta(description="With `dataset`: go on after this id.")] | UnsetType = UNSET
    snapshot: Annotated[bool, Meta(description="Whether to begin with the newest observations.")] = False
    ref: Ref | UnsetType = UNSET


class Unsubscribe(msgspec.Struct, tag_field="type", tag="unsubscribe", forbid_unknown_fields=True, omit_defaults=True):
    """Receive a dataset no longer; without `dataset`: nothing any more."""

    dataset: str | UnsetType = UNSET
    ref: Ref | UnsetType = UNSET


class Ping(msgspec.Struct, tag_field="type", tag="ping", forbid_unknown_fields=True, omit_defaults=True):
    """Ask whether the connection lives."""

    ref: Ref | UnsetType = UNSET


Command = Subscribe | Unsubscribe | Ping


class Subscribed(msgspec.Struct, rename="camel", tag_field="type", tag="subscribed", omit_defaults=True):
    """Reply: what is received from now on, and from where; by dataset."""

    positions: dict[str, Position]
    ref: str | UnsetType = UNSET


class Unsubscribed(msgspec.Struct, rename="camel", tag_field="type", tag="unsubscribed", omit_defaults=True):
    """Reply: what is no longer received, and how far it came; by dataset."""

    positions: dict[str, Position]
    ref: str | UnsetType = UNSET


class Pong(msgspec.Struct, tag_field="type", tag="pong", omit_defaults=True):
    """Reply to a ping."""

    ref: str | UnsetType = UNSET


class Refused(msgspec.Struct, tag_field="type", tag="error", omit_defaults=True):
    """Reply: why a message changed nothing; codes and titles are those of problem documents."""

    code: str
    title: str
    detail: str
    ref: str | UnsetType = UNSET


Reply = Subscribed | Unsubscribed | Pong | Refused
Notice = Stale | Gap | Slow | Snapshot
