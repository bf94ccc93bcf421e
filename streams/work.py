"""One frame worked through, step by step, without Kafka, clock or waiting.

Between `prepare` and `finish` the caller asks the store for the identities that only it can answer for.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from stadspuls.log import MessageFrame
from stadspuls.model import Identity, Observation, Reading, Rejection, Value
from stadspuls.registry import Registry
from streams.births import Change
from streams.check import check
from streams.decode import decode
from streams.deduplicate import deduplicate, unknown_identities
from streams.derive import derive
from streams.faults import Fault, rejections
from streams.publish import publish
from streams.state import PartitionState


@dataclass(frozen=True)
class Prepared:
    """A frame decoded and checked, with what must be asked of the store before it can go on."""

    readings: list[Reading]
    faults: list[Fault]
    wanted: list[Identity]


@dataclass(frozen=True)
class Outcome:
    """What a frame gives: observations to publish, rejections to keep, repetitions to count, births to remember."""

    observations: list[Observation]
    rejections: list[Rejection]
    repeated: Counter[str]
    births: list[Change]


def prepare(
    frame: MessageFrame, registry: Registry, state: PartitionState, partition: int, partitions: int
) -> Prepared:
    """Decode and check the messages of a frame."""
    decoded, undecodable = decode(frame.messages, registry, partition, partitions, state.births)
    readings, faults = check(decoded, registry)
    return Prepared(readings, undecodable + faults, unknown_identities(readings, state))


def finish(
    frame: MessageFrame,
    prepared: Prepared,
    stored: Mapping[Identity, Value],
    registry: Registry,
    state: PartitionState,
    *,
    partition: int,
    offset: int,
    now: int,
) -> Outcome:
    """Deduplicate, derive and publish; `state` then includes what the frame published."""
    new, conflicts, repeated = deduplicate(prepared.readings, state, stored)
    derived = derive(new, registry, state)
    observations = publish([*new, *derived], state, now)
    state.source_offset = offset
    faults = prepared.faults + conflicts
    rejected = rejections(faults, frame.messages, partition, offset, now)
    return Outcome(observations, rejected, repeated, state.births.take_changes())
