"""Step 2: is the value possible, is it plausible, and is its time in the past?"""

from collections.abc import Iterable
from math import isfinite

from stadspuls.clock import MINUTE, rfc3339
from stadspuls.model import Quality, Reading, Reason
from stadspuls.registry import Dataset, Property, Registry
from streams.faults import Fault

FUTURE = 5 * MINUTE
"""How far a device's clock may run ahead of the bridge's."""

PLAUSIBLE_RANGE = "plausible-range"
"""Name of the test that a value outside the plausible range fails."""


def check(readings: Iterable[Reading], registry: Registry) -> tuple[list[Reading], list[Fault]]:
    """Readings that may be published, implausible ones marked suspect; and the faults of the others."""
    kept: list[Reading] = []
    faults: list[Fault] = []
    for reading in readings:
        stream = reading.datastream
        dataset = registry.datasets[stream.dataset]
        fault = _fault(reading, dataset.theme.properties[stream.observed_property])
        if fault is not None:
            faults.append(fault)
            continue
        if not _plausible(reading, dataset):
            reading.quality = Quality.SUSPECT
            reading.test = PLAUSIBLE_RANGE
        kept.append(reading)
    return kept, faults


def _fault(reading: Reading, observed: Property) -> Fault | None:
    if reading.observed_at > reading.received_at + FUTURE:
        ahead = (reading.observed_at - reading.received_at) / 1e6
        return _of(reading, Reason.FUTURE, f"{rfc3339(reading.observed_at)} lies {ahead:.0f} s after its receipt")
    value = reading.value
    if not isinstance(value, float):
        return None
    if not isfinite(value):
        return _of(reading, Reason.IMPOSSIBLE, f"{observed.name}: {value} is no number")
    if observed.possible and not observed.possible[0] <= value <= observed.possible[1]:
        low, high = observed.possible
        return _of(
            reading, Reason.IMPOSSIBLE, f"{observed.name}: {value:g} is outside {low:g} to {high:g} {observed.unit}"
        )
    return None


def _plausible(reading: Reading, dataset: Dataset) -> bool:
    value = reading.value
    if not isinstance(value, float):
        return True
    observed = dataset.theme.properties[reading.datastream.observed_property]
    if observed.plausible and not observed.plausible[0] <= value <= observed.plausible[1]:
        return False
    capacity = dataset.sites[reading.datastream.site].capacity
    return not (observed.plausible_max_capacity and capacity is not None and value > capacity)


def _of(reading: Reading, reason: Reason, detail: str) -> Fault:
    stream = reading.datastream
    return Fault(reading.index, reason, detail, stream.dataset, stream.sensor, stream.observed_property)
