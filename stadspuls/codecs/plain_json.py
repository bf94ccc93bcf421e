"""Plain JSON: `{"time": "2026-01-05T08:00:00Z", "no2": 41.2, ...}`; every key but `time` is a value.

Of a key that stands twice the last counts: RFC 8259 (section 4) leaves it open, and so does every common reader.
`null` is no reading.
"""

import json
import math

import msgspec

from stadspuls.codecs.base import CodecContext, Decoded, Decoding, Fault
from stadspuls.codecs.times import instant, shown
from stadspuls.errors import CodecError
from stadspuls.model import Reason

TIME = "time"

_decode = msgspec.json.Decoder().decode


def decode_plain_json(payload: bytes, context: CodecContext) -> Decoding:
    """Read an object of one time and any number of values.

    Raises:
        CodecError: when it is no such object, has no usable time, or holds no reading.
    """
    fields = _fields(payload)
    if (stated := fields.pop(TIME, None)) is None:
        raise CodecError(Reason.UNDECODABLE, 'the message has no "time"')
    time = instant(stated, context.received_at, context.time_zone)
    values: list[Decoded] = []
    faults: list[Fault] = []
    for name, value in fields.items():
        if value is None or name in context.ignore:
            continue
        if isinstance(value, bool | str):
            values.append(Decoded(None, time, name, value))
        elif isinstance(value, int | float) and math.isfinite(number := _float(value)):
            values.append(Decoded(None, time, name, number))
        else:
            faults.append(_fault(name, value))
    if not values and not faults:
        raise CodecError(Reason.UNDECODABLE, "the message holds no reading")
    return Decoding(values, faults)


def _float(value: float) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf


def _fault(name: str, value: object) -> Fault:
    if isinstance(value, int | float):
        number = "NaN" if value != value else "infinite"  # noqa: PLR0124 - only NaN differs from itself
        return Fault(Reason.IMPOSSIBLE, f"{shown(name)} is {number} or beyond a float64", name)
    kind = "an object" if isinstance(value, dict) else "an array"
    return Fault(Reason.UNDECODABLE, f"{shown(name)} is {kind}: a value is a number, a boolean or a text", name)


def _fields(payload: bytes) -> dict[str, object]:
    try:
        document = _decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        document = _lenient(payload, str(error))
    if not isinstance(document, dict):
        raise CodecError(Reason.UNDECODABLE, f"the message is {_kind(document)}, not an object")
    return document


def _lenient(payload: bytes, objection: str) -> object:
    """What only the standard library reads: NaN, Infinity and numbers beyond a float64."""
    if not payload:
        raise CodecError(Reason.UNDECODABLE, "the message is empty")
    try:
        text = payload.decode()
        document: object = json.loads(text, parse_int=float)
        # An escaped half of a surrogate pair is read, but is no text that could be written again.
        json.dumps(document, ensure_ascii=False).encode()
    except UnicodeDecodeError as error:
        where = f"byte {error.start} (0x{payload[error.start]:02x})"
        raise CodecError(Reason.UNDECODABLE, f"the message is not UTF-8 from {where} on") from None
    except UnicodeEncodeError:
        raise CodecError(Reason.UNDECODABLE, "the message holds half of an escaped surrogate pair") from None
    except RecursionError:
        raise CodecError(Reason.UNDECODABLE, "the message is nested too deeply") from None
    except json.JSONDecodeError as error:
        raise CodecError(Reason.UNDECODABLE, f"the message is no JSON: {error.msg} at character {error.pos}") from None
    except ValueError:
        raise CodecError(Reason.UNDECODABLE, f"the message is no JSON: {objection}") from None
    return document


def _kind(document: object) -> str:
    if isinstance(document, list):
        return "an array"
    return shown(document)
