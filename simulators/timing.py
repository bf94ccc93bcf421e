"""When a recording's readings are sent, and with which times: as recorded, as if measured now, or by hour of the year.

Pure functions from a recording to a plan; the plan is told the present instant once, when it begins.
"""

from collections.abc import Iterator, Mapping

from simulators.airbase import STANDARD_TIME
from simulators.pacing import Due, Plan
from simulators.recorded import Recorded, Recording, payload_at, recorded_payload
from stadspuls.clock import HOUR, SECOND, to_datetime

LOOP_GAP = 30 * SECOND
"""Between two rounds of a loop: the recorded car parks report about every 30 s."""
HOURS_BEFORE = 48
"""Past hours that an hourly series sends at its start, so that there is a chart at once."""

HourOfYear = tuple[int, int, int]
"""Month, day and hour (0-23) in which an hour begins, in standard time."""


def as_recorded(recording: Recording, speed: float) -> Plan:
    """At its recorded times, sent `speed` times as fast as recorded; 0: all at once."""

    def plan(start: int) -> Iterator[Due]:
        for reading in recording.readings:
            offset = round((reading.observed_at - recording.first) / speed) if speed else 0
            yield Due(start + offset, reading.topic, recorded_payload(reading))

    return plan


def as_if_now(recording: Recording, speed: float, loop: bool) -> Plan:
    """As if measured while it is sent: the first moment is now, and time runs `speed` times as fast.

    With speed 0 everything is sent at once, and the *last* moment is now: nothing is measured in the future.
    """
    pace = speed or 1.0

    def plan(start: int) -> Iterator[Due]:
        length = round((recording.last - recording.first) / pace)
        origin = start if speed else start - length
        while True:
            for reading in recording.readings:
                at = origin + round((reading.observed_at - recording.first) / pace)
                yield Due(at, reading.topic, payload_at(at, reading.values))
            if not loop:
                return
            origin += length + round(LOOP_GAP / pace)

    return plan


def by_hour_of_year(recording: Recording, endless: bool) -> Plan:
    """The value of the same hour of the year, observed when the hour ends; first those of the last 48 hours.

    Hours are compared in standard time, so that every hour of a 23- or 25-hour day has its value. 29 February takes
    28 February where the recording is of a common year. An hour that the recording lacks is left out.
    """
    hours = {_hour_of_year(reading.observed_at): reading for reading in recording.readings}

    def plan(start: int) -> Iterator[Due]:
        now = start // HOUR * HOUR
        end = now - (HOURS_BEFORE - 1) * HOUR
        while endless or end <= now:
            reading = _same_hour(hours, end)
            if reading is not None:
                yield Due(max(start, end), reading.topic, payload_at(end, reading.values))
            end += HOUR

    return plan


def _hour_of_year(end: int) -> HourOfYear:
    begin = to_datetime(end - HOUR, STANDARD_TIME)
    return begin.month, begin.day, begin.hour


def _same_hour(hours: Mapping[HourOfYear, Recorded], end: int) -> Recorded | None:
    month, day, hour = _hour_of_year(end)
    leap_day = (month, day) == (2, 29)
    return hours.get((month, day, hour)) or (hours.get((month, day - 1, hour)) if leap_day else None)
