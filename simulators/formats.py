"""Which reader belongs to a recording, by its file name."""

from pathlib import Path

from simulators.airbase import is_airbase, read_airbase
from simulators.recorded import Recording
from simulators.smart_flanders import read_smart_flanders
from stadspuls.errors import RecordingError
from stadspuls.registry import Registry


def read_recording(path: Path, registry: Registry) -> Recording:
    """The recording's readings in time order, for the sensors the registry knows.

    Raises:
        RecordingError: when the form is unknown, a line is malformed, or a sensor is not registered.
    """
    if is_airbase(path):
        return read_airbase(path, registry)
    if path.suffix == ".trig":
        return read_smart_flanders(path, registry)
    raise RecordingError(f"{path}: unknown form; known are *.trig and airbase-<station>-<property>-<year>.tsv")
