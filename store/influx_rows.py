"""What InfluxDB answers, made into observations and bytes again."""

import base64
from collections.abc import Iterable
from datetime import datetime

from stadspuls.clock import to_us
from stadspuls.influx_text import original
from stadspuls.model import Datastream, Observation, Origin, Procedure, Quality, Value

COLUMNS = ("_time", "_value", "sensor", "property", "site")
"""Of field `whole`."""

CHUNK_COLUMNS = ("_time", "_field", "_value")
"""Of fields that are chunks of bytes."""

_QUALITIES = {str(quality): quality for quality in Quality} | {"": Quality.GOOD}


def time_ns(text: str) -> int:
    """A time of InfluxDB in nanoseconds since 1970."""
    whole, _, fraction = text.removesuffix("Z").partition(".")
    return to_us(datetime.fromisoformat(f"{whole}Z")) * 1000 + int(fraction.ljust(9, "0"))


def time_us(text: str) -> int:
    """A time of InfluxDB in microseconds since 1970; its nanoseconds are cut."""
    return to_us(datetime.fromisoformat(text))


class Rows:
    """Makes rows of one dataset into observations; those of one datastream share it."""

    def __init__(self, dataset: str) -> None:
        self._city, _, self._theme = dataset.partition("/")
        self._streams: dict[tuple[str, ...], Datastream] = {}

    def observation(self, row: tuple[str, ...]) -> Observation:
        """The observation in a row of `COLUMNS`.

        Raises:
            ValueError: when it is no observation.
        """
        time, whole, *tags = row
        delay, more, exact, quality, test, known, capacity, *about = whole.split("|")
        key = (*tags, *about)
        stream = self._streams.get(key)
        if stream is None:
            stream = self._streams[key] = self._stream(*key)
        observed_at = time_us(time)
        received_at = observed_at + int(delay)
        return Observation(
            stream,
            observed_at,
            received_at,
            received_at + int(more),
            _value(exact),
            _QUALITIES[quality],
            original(test) if test else None,
            int(known) if known else None,
            int(capacity) if capacity else None,
        )

    def _stream(  # noqa: PLR0917 - in the order of columns and parts
        self, sensor: str, name: str, site: str, unit: str, origin: str, procedure: str, *_newer: str
    ) -> Datastream:
        return Datastream(
            self._city,
            self._theme,
            original(site),
            original(sensor),
            original(name),
            original(unit),
            Origin(origin or Origin.MEASURED),
            Procedure(procedure or Procedure.SENSED),
        )


def _value(exact: str) -> Value:
    kind, text = exact[0], exact[1:]
    if kind == "n":
        return float(text)
    return text == "1" if kind == "b" else original(text)


def joined(rows: Iterable[tuple[str, ...]], name: str) -> list[tuple[str, bytes]]:
    """The bytes whose chunks stand in fields `<name>0`, `<name>1`, ..., by their time, in no order."""
    chunks: dict[str, dict[int, str]] = {}
    for time, field, value in rows:
        chunks.setdefault(time, {})[int(field.removeprefix(name))] = value
    return [
        (time, base64.b64decode("".join(own[i] for i in range(len(own))), validate=True))
        for time, own in chunks.items()
    ]
