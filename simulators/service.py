"""The two long-running processes: the simulated cities, and the recordings replayed as if measured now."""

import threading
from collections.abc import Iterator

from simulators.cities import city_plan, simulated_sensors
from simulators.formats import read_recording
from simulators.pacing import Plan, follow, together
from simulators.replay import STALE_AFTER, check_origin, replay_plan
from stadspuls.clock import MINUTE
from stadspuls.errors import RecordingError
from stadspuls.logs import get_logger
from stadspuls.metrics import SIMULATED
from stadspuls.publisher import Publisher
from stadspuls.registry import Registry
from stadspuls.settings import Settings

BEHIND = MINUTE
"""Simulated sensors further behind than that drop what they missed and say how things are now."""

log = get_logger()


def run_simulators(settings: Settings, registry: Registry, stop: threading.Event) -> None:
    """Simulate every dataset of origin `simulated` until `stop`; ends at once when there is none."""
    sensors = simulated_sensors(registry, settings.seed)
    log.info("simulating", sensors=len(sensors))
    with Publisher(settings, "simulators", stop, counter=SIMULATED.labels("simulators")) as publisher:
        follow(city_plan(sensors), publisher, stop, stale_after=BEHIND)


def run_replays(settings: Settings, registry: Registry, stop: threading.Event) -> None:
    """Replay every recording in the recordings folder as if measured now, looped, until `stop`.

    Ends at once when there is none that the registry has a dataset of origin `replayed` or `simulated` for.
    """
    plans = list(_replays(settings, registry))
    with Publisher(settings, "replays", stop, counter=SIMULATED.labels("replays")) as publisher:
        follow(together(plans), publisher, stop, stale_after=STALE_AFTER)


def _replays(settings: Settings, registry: Registry) -> Iterator[Plan]:
    for path in sorted((*settings.recordings_dir.glob("*.trig"), *settings.recordings_dir.glob("*.tsv"))):
        try:
            recording = read_recording(path, registry)
            check_origin(recording)
        except RecordingError as error:
            log.warning("recording left out", why=str(error))
            continue
        log.info("replaying", recording=path.name, messages=len(recording.readings))
        yield replay_plan(recording, speed=1.0, now=True, loop=True)
