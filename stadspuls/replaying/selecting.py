"""From rejections to the messages that they came from: each once, in the order in which they were received."""

from collections import Counter
from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from stadspuls.errors import ReplayError
from stadspuls.model import Message, Reason, Rejection

MOST_REJECTIONS = 100_000
MOST_BYTES = 256 * 1024 * 1024
"""Of payloads; both are held in memory, to be sent in order."""


class Skip(StrEnum):
    """Why a rejection has no message to replay."""

    CUT = "too-large"
    """Only the beginning of the payload is kept."""
    PUBLISHED = "refused"
    """It is published already: the store's server refuses it."""
    NO_MESSAGE = "no-message"
    """It is a record of Kafka that could not be read."""
    REPLAYED = "replayed"
    """It was replayed before."""


class Replayable(NamedTuple):
    """A message to send once more, and those of its rejections that were chosen."""

    message: Message
    rejections: list[Rejection]


class Selection(NamedTuple):
    """What is to be replayed, in order of receipt, and how many rejections are passed over."""

    messages: list[Replayable]
    skipped: Counter[Skip]


def select(rejections: Iterable[Rejection], *, again: bool = False) -> Selection:
    """The messages of some rejections.

    Args:
        rejections: in any order.
        again: also those that were replayed before.

    Raises:
        ReplayError: when they are more than can be held in order.
    """
    found: dict[tuple[str, bytes, int], Replayable] = {}
    skipped: Counter[Skip] = Counter()
    size = 0
    for number, rejection in enumerate(rejections, 1):
        size += len(rejection.payload)
        if number > MOST_REJECTIONS or size > MOST_BYTES:
            raise ReplayError(
                f"More than {MOST_REJECTIONS} rejections or {MOST_BYTES >> 20} MiB at once: narrow the choice, "
                "the earliest time first"
            )
        skip = _skip(rejection, again)
        if skip is not None:
            skipped[skip] += 1
            continue
        name = (rejection.topic, rejection.payload, rejection.received_at)
        found.setdefault(name, Replayable(_message(rejection), [])).rejections.append(rejection)
    return Selection(sorted(found.values(), key=_order), skipped)


def _skip(rejection: Rejection, again: bool) -> Skip | None:
    if rejection.reason is Reason.REFUSED:
        return Skip.PUBLISHED
    if rejection.index < 0:
        return Skip.NO_MESSAGE
    if rejection.length is not None:
        return Skip.CUT
    return Skip.REPLAYED if rejection.replayed_at is not None and not again else None


def _message(rejection: Rejection) -> Message:
    return Message(rejection.topic, rejection.payload, rejection.received_at, None, None, rejection.retained)


def _order(one: Replayable) -> tuple[int, int, int, int]:
    first = one.rejections[0]
    return one.message.received_at, first.partition, first.offset, first.index
