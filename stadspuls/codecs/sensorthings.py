"""Observations of OGC SensorThings 1.1 (18-088) over MQTT: `.../v1.1/Datastreams(7)/Observations`.

The datastream's id (`7`) stands for sensor and property; the city file says for which (`devices`, `properties`).
An observation of a period is observed at its end.
"""

import re

from stadspuls.codecs.base import CodecContext, Decoded, Decoding
from stadspuls.codecs.json_documents import read_object
from stadspuls.codecs.times import instant, shown
from stadspuls.codecs.values import usable
from stadspuls.errors import CodecError
from stadspuls.model import Reason

_TOPIC = re.compile(r"(?:.*/)?Datastreams\((?P<id>[^()/]+)\)/Observations")


def decode_sensorthings(payload: bytes, context: CodecContext) -> Decoding:
    """Read one observation.

    Raises:
        CodecError: when topic or payload are none of an observation.
    """
    topic = _TOPIC.fullmatch(context.topic)
    if topic is None:
        raise CodecError(Reason.UNDECODABLE, "the topic does not end with Datastreams(<id>)/Observations")
    datastream = topic["id"].strip("'")
    fields = read_object(payload)
    if "result" not in fields:
        raise CodecError(Reason.UNDECODABLE, 'the observation has no "result"')
    value = usable("result", fields["result"])
    if isinstance(value, bool | float | str):
        return Decoding([Decoded(datastream, _time(fields, context), datastream, value)], [])
    return Decoding([], [value])


def _time(fields: dict[str, object], context: CodecContext) -> int:
    for name in ("phenomenonTime", "resultTime"):
        stated = fields.get(name)
        if isinstance(stated, str):
            return instant(stated.rpartition("/")[2], context.received_at, context.time_zone)
        if stated is not None:
            raise CodecError(Reason.UNDECODABLE, f"{name} is {shown(stated)}: no text")
    # A server gives the time of arrival where an observation has none (18-088, section 8.2.7).
    return context.received_at
