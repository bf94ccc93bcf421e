"""What a step found wrong, before it becomes a rejection with the original bytes."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from stadspuls.model import Message, Reason, Rejection

NAMED = 5
"""How many faults of one message and reason are told apart; a hostile payload may hold thousands."""


class Fault(NamedTuple):
    """Why one message of a frame, or one value in it, is not published."""

    message: int
    """Which message of the frame."""
    reason: Reason
    detail: str
    dataset: str | None = None
    sensor: str | None = None
    observed_property: str | None = None


def rejections(
    faults: Iterable[Fault], messages: Sequence[Message], partition: int, offset: int, now: int
) -> list[Rejection]:
    """Faults with the bytes they came from: one rejection for each message and reason.

    Faults of one message that share a reason become one rejection, so that its bytes are kept once.
    """
    groups: dict[tuple[int, Reason], list[Fault]] = {}
    for fault in faults:
        groups.setdefault((fault.message, fault.reason), []).append(fault)
    return [_rejection(group, messages[index], partition, offset, now) for (index, _), group in sorted(groups.items())]


def _rejection(group: list[Fault], message: Message, partition: int, offset: int, now: int) -> Rejection:
    first = group[0]
    detail = "; ".join(fault.detail for fault in group[:NAMED])
    if len(group) > NAMED:
        detail += f"; and {len(group) - NAMED} more"
    return Rejection(
        first.reason,
        detail,
        message.topic,
        message.payload,
        message.received_at,
        now,
        partition,
        offset,
        first.message,
        first.dataset,
        first.sensor,
        first.observed_property if len(group) == 1 else None,
        message.length,
        message.sha256,
        message.retained,
    )
