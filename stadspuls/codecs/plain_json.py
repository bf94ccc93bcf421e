"""Plain JSON: `{"time": "2026-01-05T08:00:00Z", "no2": 41.2, ...}`; every key but `time` is a value.

Of a key that stands twice the last counts: RFC 8259 (section 4) leaves it open, and so does every common reader.
`null` is no reading.
"""

import math

from stadspuls.codecs.base import CodecContext, Decoded, Decoding, Fault
from stadspuls.codecs.json_documents import read_object
from stadspuls.codecs.times import instant
from stadspuls.codecs.values import as_float, unusable
from stadspuls.errors import CodecError
from stadspuls.model import Reason

TIME = "time"
# Made once: a union in the loop is made for every value.
_AS_THEY_ARE = (bool, str)
_NUMBERS = (int, float)


def decode_plain_json(payload: bytes, context: CodecContext) -> Decoding:
    """Read an object of one time and any number of values.

    Raises:
        CodecError: when it is no such object, has no usable time, or holds no reading.
    """
    fields = read_object(payload)
    if (stated := fields.pop(TIME, None)) is None:
        raise CodecError(Reason.UNDECODABLE, 'the message has no "time"')
    time = instant(stated, context.received_at, context.time_zone)
    values: list[Decoded] = []
    faults: list[Fault] = []
    for name, value in fields.items():
        if value is None or name in context.ignore:
            continue
        if isinstance(value, _AS_THEY_ARE):
            values.append(Decoded(None, time, name, value))
        elif isinstance(value, _NUMBERS) and math.isfinite(number := as_float(value)):
            values.append(Decoded(None, time, name, number))
        else:
            faults.append(unusable(name, value))
    if not values and not faults:
        raise CodecError(Reason.UNDECODABLE, "the message holds no reading")
    return Decoding(values, faults)
