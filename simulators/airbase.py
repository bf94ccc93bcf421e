"""Reads AirBase hourly series: one row a day, the date and 24 pairs of value and validity flag.

Hours are local standard time, UTC+1 the whole year, named by their end (European Environment Agency, AirBase v8).
"""

import math
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

from simulators.recorded import Recorded, Recording, read_text
from stadspuls.clock import HOUR, to_us
from stadspuls.errors import RecordingError
from stadspuls.registry import Dataset, Registry

STANDARD_TIME = timezone(timedelta(hours=1))
"""Belgian standard time; AirBase knows no summer time."""
MISSING = -9999.0
_NAME = re.compile(r"airbase-(?P<station>[A-Za-z0-9]+)-(?P<property>[a-z0-9]+)-(?P<year>\d{4})\.tsv")
_FIELDS = 1 + 24 * 2


def is_airbase(path: Path) -> bool:
    """Whether the file's name is that of an AirBase series."""
    return _NAME.fullmatch(path.name) is not None


def read_airbase(path: Path, registry: Registry) -> Recording:
    """The valid hours of the series, as messages of the sensor whose id is the station's code.

    Raises:
        RecordingError: naming file and line, or the station that no city file has.
    """
    name = _NAME.fullmatch(path.name)
    if name is None:
        raise RecordingError(f"{path}: not named airbase-<station>-<property>-<year>.tsv")
    dataset = _dataset(path, registry, name["station"], name["property"])
    topic = f"{dataset.name}/{name['station']}"
    readings = [
        Recorded(at, topic, {name["property"]: value}, STANDARD_TIME)
        for at, value in _hours(path, read_text(path), int(name["year"]))
    ]
    if not readings:
        raise RecordingError(f"{path}: holds no valid value")
    return Recording(path, tuple(sorted(readings)), (dataset,), hourly=True)


def _dataset(path: Path, registry: Registry, station: str, observed_property: str) -> Dataset:
    for dataset in registry.datasets.values():
        sensor = dataset.sensors.get(station)
        if sensor is not None and observed_property in sensor.properties:
            return dataset
    raise RecordingError(f"{path}: no city file has a sensor {station!r} with property {observed_property!r}")


def _hours(path: Path, text: str, year: int) -> Iterator[tuple[int, float]]:
    seen: set[date] = set()
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            day, pairs = _row(line)
            if day.year != year or day in seen:
                raise ValueError(f"{day} is {'repeated' if day in seen else f'not in {year}'}")
        except ValueError as error:
            raise RecordingError(f"{path}:{number}: {error}") from error
        seen.add(day)
        midnight = to_us(datetime(day.year, day.month, day.day, tzinfo=STANDARD_TIME).astimezone(UTC))
        for hour, (value, flag) in enumerate(pairs, start=1):
            if flag > 0 and value != MISSING:
                yield midnight + hour * HOUR, value


def _row(line: str) -> tuple[date, list[tuple[float, int]]]:
    fields = line.rstrip("\t").split("\t")
    if len(fields) != _FIELDS:
        raise ValueError(f"{len(fields)} fields instead of {_FIELDS} (a date and 24 pairs of value and flag)")
    pairs = [(float(value), int(flag)) for value, flag in zip(fields[1::2], fields[2::2], strict=True)]
    if not all(math.isfinite(value) for value, _ in pairs):
        raise ValueError("a value is not a finite number")
    return date.fromisoformat(fields[0]), pairs
