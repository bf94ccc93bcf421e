"""The body that stations of sensor.community send: `{"sensordatavalues": [{"value_type": "P1", "value": "12.3"}]}`.

Numbers are texts. A type may name the part that measured (`SDS_P1`, `BME280_pressure`). Pressure is in Pa. The sensor's
id is in the topic. What the station tells of itself (samples, signal) is passed over.
"""

import re

import msgspec

from stadspuls.codecs.base import CodecContext, Decoded, Decoding, Fault
from stadspuls.codecs.json_documents import Reader
from stadspuls.codecs.times import instant, shown
from stadspuls.errors import CodecError
from stadspuls.model import Reason

_NAMES = {"P1": "pm10", "P2": "pm25", "P0": "pm1"}
"""Particles up to 10, 2.5 and 1 µm; the others are called as here."""
_UNITS = {"pm10": "ug/m3", "pm25": "ug/m3", "pm1": "ug/m3", "temperature": "Cel", "humidity": "%", "pressure": "Pa"}
_OF_ITSELF = frozenset({"samples", "min_micro", "max_micro", "interval", "signal", "pressure_at_sealevel"})
_NUMBER = re.compile(r"[+-]?\d+(\.\d*)?([eE][+-]?\d{1,3})?")


class _Value(msgspec.Struct):
    value_type: str
    value: str | float


class _Body(msgspec.Struct):
    sensordatavalues: list[_Value]
    timestamp: str | None = None


_read = Reader(_Body)


def decode_sensor_community(payload: bytes, context: CodecContext) -> Decoding:
    """Read what one station measured, at the moment of its reception unless it says when (in UTC).

    Raises:
        CodecError: when it is no such body.
    """
    body = _read(payload)
    time = context.received_at
    if body.timestamp is not None:
        stated = body.timestamp
        time = instant(stated if stated.endswith("Z") else f"{stated}Z", context.received_at, None)
    values: list[Decoded] = []
    faults: list[Fault] = []
    for given in body.sensordatavalues:
        kind = given.value_type.rpartition("_")[2] if given.value_type not in _OF_ITSELF else ""
        if not kind or given.value_type in context.ignore or kind in context.ignore:
            continue
        name = _NAMES.get(kind, kind)
        number = _number(given.value)
        if number is None:
            faults.append(Fault(Reason.UNDECODABLE, f"{shown(kind)} is {shown(given.value)}: no number", name))
        else:
            values.append(Decoded(None, time, name, number, _UNITS.get(name)))
    if not body.sensordatavalues:
        raise CodecError(Reason.UNDECODABLE, "sensordatavalues is empty")
    return Decoding(values, faults)


def _number(value: str | float) -> float | None:
    if isinstance(value, str):
        return float(value) if _NUMBER.fullmatch(value.strip()) else None
    return value
