"""Readings of two days for boards to show: a recording where there is one, else what simulated sensors would say."""

from collections.abc import Iterator
from itertools import chain

from simulators.courses import Courses
from simulators.formats import read_recording
from simulators.pacing import Due
from simulators.recorded import payload_at
from simulators.timing import as_if_now
from stadspuls.clock import DAY, MINUTE
from stadspuls.model import Origin
from stadspuls.registry import Dataset, Registry
from stadspuls.settings import ROOT

RECORDING = ROOT / "simulators" / "recordings" / "ghent-parking-2017-11-08.trig"
QUARTER = 15 * MINUTE
_SEED = 1
_LONGEST = 2 * DAY
"""The longest range that a board opens with."""
_WEEK = 7 * DAY


def readings_until(registry: Registry, stop: int) -> list[Due]:
    """Everything in order of time: the two days until `stop`, and the day of a week earlier."""
    made = [
        _simulated(dataset, stop) for dataset in registry.datasets.values() if dataset.origin is not Origin.REPLAYED
    ]
    return sorted(chain(recorded_until(registry, stop), *made))


def recorded_until(registry: Registry, stop: int) -> Iterator[Due]:
    """The recorded car parks of Ghent as if they ended at `stop`, and a week earlier."""
    recording = read_recording(RECORDING, registry)
    plan = as_if_now(recording, 0, loop=False)
    return chain(plan(stop - _WEEK), plan(stop))


def _simulated(dataset: Dataset, stop: int) -> Iterator[Due]:
    """What simulated sensors of a dataset say every quarter of an hour, and at the end."""
    courses = Courses(_SEED)
    instants = [*range(stop - _WEEK - DAY, stop - _WEEK, QUARTER), *range(stop - _LONGEST, stop, QUARTER), stop]
    for sensor in dataset.sensors.values():
        of_sensor = courses.of(dataset, sensor)
        for at in instants:
            values = {name: course(at) for name, course in of_sensor.items()}
            yield Due(at, f"{dataset.name}/{sensor.id}", payload_at(at, values))
