"""Step 4: what follows for a site from its sensors, such as vacant spaces from occupied ones.

A derived value belongs to the virtual sensor of its site: at most one for each site, property and input frame. It is
observed when the newest reading that caused it was, and always after the derived value before it, so that the newest
count is the latest one. A late reading of a space changes no live count.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from stadspuls.model import Quality, Reading
from stadspuls.registry import Dataset, Derivation, Registry
from streams.state import DatasetState, Newest, PartitionState


@dataclass
class _Cause:
    """What one frame tells of the sensors of a site."""

    dataset: Dataset
    derivation: Derivation
    site: str
    index: int
    observed_at: int
    received_at: int
    newest: dict[str, Newest]
    """By sensor: newer than the state has."""


def derive(readings: Sequence[Reading], registry: Registry, state: PartitionState) -> list[Reading]:
    """The derived readings that a frame's new readings cause."""
    derived: list[Reading] = []
    for cause in _causes(readings, registry, state).values():
        known = state.dataset(cause.dataset.name)
        derived.append(_count(cause, known))
    return derived


def _causes(
    readings: Iterable[Reading], registry: Registry, state: PartitionState
) -> dict[tuple[str, str, str], _Cause]:
    causes: dict[tuple[str, str, str], _Cause] = {}
    for reading in readings:
        stream = reading.datastream
        dataset = registry.datasets[stream.dataset]
        for derivation in dataset.theme.derived:
            if derivation.source == stream.observed_property and reading.quality is Quality.GOOD:
                _note(causes, reading, dataset, derivation, state)
    return causes


def _note(
    causes: dict[tuple[str, str, str], _Cause],
    reading: Reading,
    dataset: Dataset,
    derivation: Derivation,
    state: PartitionState,
) -> None:
    stream = reading.datastream
    place = (dataset.name, stream.site, derivation.property)
    cause = causes.get(place)
    held = cause.newest.get(stream.sensor) if cause else None
    held = held or state.dataset(dataset.name).newest.get((stream.sensor, stream.observed_property))
    if held is not None and reading.observed_at <= held.observed_at:
        return
    if cause is None:
        cause = causes[place] = _Cause(dataset, derivation, stream.site, reading.index, 0, 0, {})
    cause.newest[stream.sensor] = Newest(reading.observed_at, reading.value, reading.quality)
    if reading.observed_at > cause.observed_at:
        cause.observed_at, cause.received_at, cause.index = reading.observed_at, reading.received_at, reading.index


def _count(cause: _Cause, known: DatasetState) -> Reading:
    stream = cause.dataset.derived_datastream(cause.site, cause.derivation.property)
    before = known.newest.get((stream.sensor, stream.observed_property))
    observed_at = max(cause.observed_at, before.observed_at + 1) if before else cause.observed_at
    values = _known_values(cause, known, observed_at)
    counted = cause.derivation.function == "count-true"
    parts = len(_parts(cause))
    return Reading(
        stream,
        observed_at,
        cause.received_at,
        float(sum(value is counted for value in values)),
        Quality.GOOD if len(values) == parts else Quality.INCOMPLETE,
        None,
        len(values),
        parts,
        cause.index,
    )


def _parts(cause: _Cause) -> list[str]:
    sensors = cause.dataset.sensors_of(cause.site)
    return [sensor.id for sensor in sensors if cause.derivation.source in sensor.properties]


def _known_values(cause: _Cause, known: DatasetState, at: int) -> list[bool]:
    """What each part said last, unless that is longer ago than the sensor's `max_age`."""
    source = cause.derivation.source
    default_age = cause.dataset.theme.properties[source].max_age
    values: list[bool] = []
    for part in _parts(cause):
        newest = cause.newest.get(part) or known.newest.get((part, source))
        max_age = cause.dataset.sensors[part].max_age or default_age
        if newest is not None and at - newest.observed_at <= max_age and isinstance(newest.value, bool):
            values.append(newest.value)
    return values
