"""A recording in memory: readings in time order, each with the topic of the registered sensor it belongs to."""

from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path
from typing import NamedTuple

import msgspec

from stadspuls.clock import rfc3339, to_datetime
from stadspuls.errors import RecordingError
from stadspuls.model import Value
from stadspuls.registry import Dataset


class Recorded(NamedTuple):
    """One recorded message of one sensor."""

    observed_at: int
    """Microseconds since 1970, UTC."""
    topic: str
    values: dict[str, Value]
    zone: tzinfo
    """The offset it was recorded with, so that a replay writes the time as the source did."""


@dataclass(frozen=True)
class Recording:
    """A file's readings in time order; never empty."""

    path: Path
    readings: tuple[Recorded, ...]
    datasets: tuple[Dataset, ...]
    hourly: bool = False
    """A series of full hours over a year; "as if measured now" then means the same hour of the year."""

    @property
    def first(self) -> int:
        """Instant of the first reading."""
        return self.readings[0].observed_at

    @property
    def last(self) -> int:
        """Instant of the last reading."""
        return self.readings[-1].observed_at


def recorded_payload(reading: Recorded) -> bytes:
    """The message as recorded: `{"time": "2017-11-08T07:00:01+01:00", "vacantSpaces": 348}`."""
    moment = to_datetime(reading.observed_at, reading.zone)
    return msgspec.json.encode({"time": moment.isoformat(), **reading.values})


def payload_at(observed_at: int, values: dict[str, Value]) -> bytes:
    """A message with `values`, observed at that instant (UTC)."""
    return msgspec.json.encode({"time": rfc3339(observed_at), **values})


def read_text(path: Path) -> str:
    """The recording's text, line ends made alike.

    Raises:
        RecordingError: when the file is missing, not readable or not UTF-8.
    """
    try:
        return path.read_text("utf-8")
    except OSError as error:
        raise RecordingError(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise RecordingError(f"{path}: not UTF-8 at byte {error.start}") from error
