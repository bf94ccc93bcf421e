"""Where a stream goes on: an event's id, given back by a client."""

import re

from apis.events.models import Gap
from stadspuls.clock import HOUR, now_us, to_datetime
from stadspuls.errors import InvalidParameter
from stadspuls.registry import Dataset

FUTURE = HOUR
"""Ids are instants; one from further ahead than clocks differ is no id of ours."""
_ID = re.compile(r"[0-9]{1,16}")


def parse_position(name: str, given: str | None) -> int | None:
    """The position that a client names by an id; None when it names none.

    Raises:
        InvalidParameter: it is no id of an event.
    """
    if given is None:
        return None
    if _ID.fullmatch(given) is None:
        raise InvalidParameter(f"{name}: {given[:40]!r} is no id of an event; take it from an event's `id`")
    position = int(given)
    if position > now_us() + FUTURE:
        raise InvalidParameter(f"{name}: {given} lies in the future; take it from an event's `id`")
    return position


def gap_after(dataset: Dataset, position: int) -> Gap | None:
    """What is to be said when a dataset is not kept that long; nothing to who asks for all there is (0)."""
    if dataset.retention is None or position == 0:
        return None
    kept = now_us() - dataset.retention
    if position >= kept:
        return None
    return Gap(dataset.name, str(position), to_datetime(kept))
