"""Replays a recording through MQTT, at its recorded times or as if measured now."""

import math
import threading
from pathlib import Path
from typing import NamedTuple

from simulators.formats import read_recording
from simulators.pacing import Plan, follow
from simulators.recorded import Recording
from simulators.timing import as_if_now, as_recorded, by_hour_of_year
from stadspuls.clock import MINUTE
from stadspuls.errors import BrokerError, RecordingError, SettingsError
from stadspuls.model import Origin
from stadspuls.publisher import Publisher
from stadspuls.registry import Registry
from stadspuls.settings import Settings

STALE_AFTER = 2 * MINUTE
"""A replay as if measured now that is further behind begins anew: the platform refuses nothing late, people do."""
GIVE_UP_AFTER = 10.0
"""Seconds a single replay waits for the broker."""
LAST_ACKNOWLEDGEMENTS = 60.0
"""Seconds a single replay waits for the last acknowledgements."""


class ReplayCounts(NamedTuple):
    """What a replay did."""

    recorded: int
    """Messages in the recording."""
    sent: int
    acknowledged: int
    """Messages the broker has taken over."""


def replay(
    settings: Settings,
    registry: Registry,
    file: Path,
    *,
    speed: float,
    now: bool,
    loop: bool,
    stop: threading.Event,
) -> ReplayCounts:
    """Send a recording's messages and wait until the broker has acknowledged all of them.

    Args:
        settings: the broker.
        registry: which sensors the readings belong to.
        file: the recording.
        speed: how many times as fast as recorded; 0: as fast as it goes.
        now: as if measured now, otherwise at the recorded times. An hourly series then goes on with the clock, hour by
            hour, and ends after its past hours only with speed 0.
        loop: begin again at the end, until `stop`.
        stop: ends the replay early.

    Raises:
        RecordingError: when the recording is malformed or does not fit the registry.
        SettingsError: when the speed cannot be used.
        BrokerError: when the broker does not answer or does not acknowledge.
    """
    _check(speed, now, loop)
    recording = read_recording(file, registry)
    if now:
        check_origin(recording)
    plan = replay_plan(recording, speed, now, loop)
    with Publisher(settings, "replay", stop, give_up_after=GIVE_UP_AFTER) as publisher:
        follow(plan, publisher, stop, stale_after=STALE_AFTER if now and speed else None)
        if not publisher.drain(LAST_ACKNOWLEDGEMENTS) and not stop.is_set():
            raise BrokerError(f"the MQTT broker did not acknowledge {publisher.unacknowledged} messages")
    return ReplayCounts(len(recording.readings), publisher.sent, publisher.acknowledged)


def replay_plan(recording: Recording, speed: float, now: bool, loop: bool) -> Plan:
    """What to send when; a loop at the recorded times only repeats what is known, so it needs `now`."""
    if not now:
        return as_recorded(recording, speed)
    if recording.hourly:
        return by_hour_of_year(recording, endless=speed > 0)
    return as_if_now(recording, speed, loop)


def check_origin(recording: Recording) -> None:
    """Refuse to send old values as if measured now into a dataset that says it is measured.

    Raises:
        RecordingError: naming the dataset.
    """
    for dataset in recording.datasets:
        if dataset.origin is Origin.MEASURED:
            raise RecordingError(
                f"{recording.path}: {dataset.name} has origin 'measured'; as if measured now needs origin 'replayed'"
            )


def _check(speed: float, now: bool, loop: bool) -> None:
    if not math.isfinite(speed) or speed < 0:
        raise SettingsError("speed: must be 0 (as fast as it goes) or more")
    if loop and not (now and speed):
        raise SettingsError("loop: needs `now` and a speed above 0")
