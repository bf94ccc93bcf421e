"""Step 3: duplicates have no horizon.

A reading newer than its datastream's newest is new. Any other is compared with the identities of the last minutes, and
what these do not know is asked of the store, once for a whole frame. The same identity with the same value is dropped
and counted; with another value it is a conflict.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

from stadspuls.clock import rfc3339
from stadspuls.model import Identity, Reading, Reason, Value
from streams.faults import Fault
from streams.state import PartitionState


def unknown_identities(readings: Sequence[Reading], state: PartitionState) -> list[Identity]:
    """Identities that only the store can answer for: not newer than the newest, and not among the recent ones."""
    wanted: list[Identity] = []
    ahead: dict[tuple[str, str, str], int] = {}
    for reading in readings:
        stream = reading.datastream
        name = stream.dataset
        known = state.dataset(name)
        key = (stream.sensor, stream.observed_property)
        place = (name, *key)
        newest = ahead.get(place)
        if newest is None:
            held = known.newest.get(key)
            newest = held.observed_at if held else -1
        if reading.observed_at > newest:
            ahead[place] = reading.observed_at
        elif (*key, reading.observed_at) not in known.recent:
            wanted.append(reading.identity)
    return wanted


def deduplicate(
    readings: Sequence[Reading], state: PartitionState, stored: Mapping[Identity, Value]
) -> tuple[list[Reading], list[Fault], Counter[str]]:
    """Readings that are new, faults of those that contradict, and how many of each dataset were repeated.

    Args:
        readings: one frame's, in the order of arrival.
        state: the partition's state before the frame.
        stored: the store's answer for `unknown_identities` of the same readings.
    """
    new: list[Reading] = []
    faults: list[Fault] = []
    repeated: Counter[str] = Counter()
    frame: dict[Identity, Value] = {}
    for reading in readings:
        identity = reading.identity
        published = _published(identity, state, frame, stored)
        if published is None:
            frame[identity] = reading.value
            new.append(reading)
        elif published == reading.value and type(published) is type(reading.value):
            repeated[identity.dataset] += 1
        else:
            faults.append(_conflict(reading, published))
    return new, faults, repeated


def _published(
    identity: Identity, state: PartitionState, frame: Mapping[Identity, Value], stored: Mapping[Identity, Value]
) -> Value | None:
    if identity in frame:
        return frame[identity]
    known = state.dataset(identity.dataset)
    newest = known.newest.get((identity.sensor, identity.observed_property))
    if newest is None or identity.observed_at > newest.observed_at:
        return None
    recent = known.recent.get((identity.sensor, identity.observed_property, identity.observed_at))
    return recent if recent is not None else stored.get(identity)


def _conflict(reading: Reading, published: Value) -> Fault:
    stream = reading.datastream
    detail = (
        f"{stream.observed_property} at {rfc3339(reading.observed_at)} is published as {published!r}; "
        f"this message says {reading.value!r}"
    )
    return Fault(reading.index, Reason.CONFLICT, detail, stream.dataset, stream.sensor, stream.observed_property)
