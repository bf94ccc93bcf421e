"""What operators are told of rejections, here and on the command line; fields are only added."""

from base64 import b64encode
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType

from stadspuls.clock import to_datetime
from stadspuls.model import Reason, Rejection
from stadspuls.replaying import ADVICE, Skip

MOST_KEYS = 1000
_Instant = Annotated[datetime, Meta(tz=True)]


class RejectedEntry(msgspec.Struct, rename="camel", kw_only=True):
    """A message, or some values of it, that was kept back; without its payload."""

    key: Annotated[str, Meta(description="Its name, for `/admin/rejected/{key}` and for a replay.")]
    rejected_at: Annotated[_Instant, Meta(description="The first time; it stays, also when it is rejected again.")]
    received_at: _Instant
    city: Annotated[str, Meta(description="The first level of the topic, whether there is such a city or not.")]
    reason: Reason
    detail: str
    topic: str
    dataset: str | None
    sensor: str | None
    property: str | None
    retained: Annotated[bool, Meta(description="Whether the broker had the message from before.")]
    replayed_at: Annotated[
        _Instant | None, Meta(description="When its message had been replayed without being rejected for this again.")
    ]


class RejectedMessage(RejectedEntry, kw_only=True):
    """A rejection with the original bytes, and what to do about it."""

    payload: Annotated[str | None, Meta(description="As text, where it is UTF-8.")]
    payload_base64: str
    length: Annotated[int, Meta(description="Of the whole payload; of one over 64 KiB only the beginning is kept.")]
    sha256: Annotated[str, Meta(description="Of the whole payload.")]
    advice: str


class RejectedDocument(msgspec.Struct, rename="camel"):
    """Rejections, newest first."""

    rejected: list[RejectedEntry]
    next: Annotated[str | UnsetType, Meta(description="Address of the next page, where there is one.")] = UNSET


class ReplayRequest(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """What is to be replayed: these keys, or everything that a filter finds."""

    keys: Annotated[list[str], Meta(min_length=1, max_length=MOST_KEYS)] | None = None
    city: str | None = None
    dataset: str | None = None
    reason: Reason | None = None
    since: Annotated[str | None, Meta(description="Rejected at or after: RFC 3339, or a date.")] = None
    until: Annotated[str | None, Meta(description="Rejected before.")] = None
    again: Annotated[bool, Meta(description="With a filter: also what was replayed before.")] = False
    dry_run: Annotated[bool, Meta(description="Only count.")] = False


class ReplayAccepted(msgspec.Struct, rename="camel"):
    """What a replay begins with; what comes of it is seen at its rejections, as `replayedAt`."""

    messages: int
    rejections: int
    skipped: Annotated[dict[Skip, int], Meta(description="Rejections that are passed over, by reason.")]


def entry_of(rejection: Rejection) -> RejectedEntry:
    """A rejection in a list."""
    return RejectedEntry(**_said(rejection))


def message_of(rejection: Rejection) -> RejectedMessage:
    """A rejection by itself."""
    payload = rejection.payload
    return RejectedMessage(
        **_said(rejection),
        payload=text_of(payload),
        payload_base64=b64encode(payload).decode(),
        length=len(payload) if rejection.length is None else rejection.length,
        sha256=(rejection.sha256 or sha256(payload).digest()).hex(),
        advice=ADVICE[rejection.reason],
    )


def text_of(payload: bytes) -> str | None:
    """A payload as text, where it is UTF-8."""
    try:
        return payload.decode()
    except UnicodeDecodeError:
        return None


def _said(rejection: Rejection) -> Mapping[str, Any]:
    return {
        "key": rejection.key,
        "rejected_at": to_datetime(rejection.rejected_at),
        "received_at": to_datetime(rejection.received_at),
        "city": rejection.city,
        "reason": rejection.reason,
        "detail": rejection.detail,
        "topic": rejection.topic,
        "dataset": rejection.dataset,
        "sensor": rejection.sensor,
        "property": rejection.observed_property,
        "retained": rejection.retained,
        "replayed_at": None if rejection.replayed_at is None else to_datetime(rejection.replayed_at),
    }
