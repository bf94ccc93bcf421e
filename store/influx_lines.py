"""Line protocol for what the store keeps; written out here because a `Point` object costs twenty times as much.

Measurements, all times in microseconds but those of rejections:

- `observation`: tags city, theme, site, sensor, property; time `observed_at`. Fields `value` (float64; booleans 0/1) or
  `text`, `quality`, `received`, `published` are for boards; `whole` is what answers are made from, in one field because
  InfluxDB keeps and reads every field of every series apart.
- `log`: tag dataset; time is the first `published_at`; the frame is in fields `frame0`, `frame1`, ...; `span` tells how
  much later its last was published, and how many there are.
- `stored_through`: tag dataset; time and field `published`. Points are added, never changed: whatever comes late, even
  from a writer that was killed, the newest stays the newest.
"""

import base64
import math
import zlib
from typing import NamedTuple

from stadspuls.influx_text import plain, tag
from stadspuls.log import ObservationFrame, encode_observations
from stadspuls.model import Datastream, Observation, Origin, Procedure, Quality, Value

COMPRESSION = 1
"""A frame becomes a fifth of its size for 0.6 µs an observation; higher levels gain little."""

CHUNK = 60_000
"""Characters in one string field: InfluxDB documents a limit of 64 KB."""


class _Stream(NamedTuple):
    start: str
    """Measurement and tags, in the order in which InfluxDB keeps tags."""
    end: str
    """What is the same at the end of every `whole`."""


class ObservationLines:
    """Encodes observations, keeping what is the same for all of a datastream."""

    def __init__(self) -> None:
        self._streams: dict[Datastream, _Stream] = {}

    def lines(self, frame: ObservationFrame) -> list[str]:
        """A line for each observation of a frame.

        Raises:
            ValueError: at a value that is not finite: line protocol has no such number.
            UnicodeError: at text that is no Unicode.
        """
        # By identity of the object, as in the frame's encoding: hashing a datastream costs more than its line.
        known: dict[int, _Stream] = {}
        found: list[str] = []
        for o in frame.observations:
            stream = known.get(id(o.datastream))
            if stream is None:
                stream = known[id(o.datastream)] = self._stream(o.datastream)
            start, end = stream
            value, observed, received, published = o.value, o.observed_at, o.received_at, o.published_at
            # Nearly all are finite numbers (NaN and infinity less themselves are not 0).
            if type(value) is float and value - value == 0:
                field, exact = f"value={value!r}", f"n{value!r}"
            else:
                field, exact = _value(value)
            # Nearly all are good, with nothing more to say.
            good = o.quality is Quality.GOOD and o.test is None and o.known is None and o.capacity is None
            found.append(
                f'{start} {field},quality="{"good" if good else o.quality}",received={received}i,'
                f'published={published}i,whole="{received - observed}|{published - received}|{exact}|'
                f'{"|||" if good else _judged(o)}|{end}" {observed}\n'
            )
        return found

    def _stream(self, stream: Datastream) -> _Stream:
        found = self._streams.get(stream)
        if found is None:
            start = (
                f"observation,city={tag(stream.city)},property={tag(stream.observed_property)},"
                f"sensor={tag(stream.sensor)},site={tag(stream.site)},theme={tag(stream.theme)}"
            )
            origin = "" if stream.origin is Origin.MEASURED else stream.origin
            procedure = "" if stream.procedure is Procedure.SENSED else stream.procedure
            end = f"{plain(stream.unit)}|{origin}|{procedure}"
            found = self._streams[stream] = _Stream(start, end)
        return found


def _judged(o: Observation) -> str:
    parts = (
        "" if o.quality is Quality.GOOD else o.quality,
        "" if o.test is None else plain(o.test),
        "" if o.known is None else o.known,
        "" if o.capacity is None else o.capacity,
    )
    return "|".join(map(str, parts))


def _value(value: Value) -> tuple[str, str]:
    # For boards, and exactly as it was: its type is the first letter.
    if isinstance(value, str):
        text = plain(value)
        return f'text="{text}"', f"t{text}"
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(f"{number} is no number that can be stored")
    return f"value={number!r}", f"b{value:d}" if isinstance(value, bool) else f"n{number!r}"


def log_line(frame: ObservationFrame) -> str:
    """The line of what a frame published in one dataset."""
    first, last = frame.observations[0], frame.observations[-1]
    span = f"{last.published_at - first.published_at}|{len(frame.observations)}"
    fields = string_fields("frame", zlib.compress(encode_observations(frame), COMPRESSION))
    return f'log,dataset={tag(first.datastream.dataset)} {fields},span="{span}" {first.published_at}\n'


def stored_through_line(dataset: str, published_at: int) -> str:
    """The line that says how far the published log of a dataset is stored."""
    return f"stored_through,dataset={tag(dataset)} published={published_at}i {published_at}\n"


def string_fields(name: str, data: bytes) -> str:
    """Bytes as the fields `<name>0`, `<name>1`, ..."""
    text = base64.b64encode(data).decode()
    chunks = range(0, max(len(text), 1), CHUNK)
    return ",".join(f'{name}{i}="{text[at : at + CHUNK]}"' for i, at in enumerate(chunks))
