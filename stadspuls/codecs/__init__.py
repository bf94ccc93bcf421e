"""Codecs: how the bytes of a message become values. Pure functions, no clock, no I/O.

In: a payload and what its route says of it. Out: decoded values, and what could not be used.
One module a codec; a city file names it, `CODECS` finds it.
"""

from stadspuls.codecs.base import (
    UNSTATED,
    Birth,
    Codec,
    CodecContext,
    Decoded,
    Decoding,
    Fault,
    Memory,
    Untyped,
)
from stadspuls.codecs.conversion import conversion
from stadspuls.codecs.gbfs import decode_gbfs
from stadspuls.codecs.homie import decode_homie
from stadspuls.codecs.plain_json import decode_plain_json
from stadspuls.codecs.senml import decode_senml_cbor, decode_senml_json
from stadspuls.codecs.sensor_community import decode_sensor_community
from stadspuls.codecs.sensorthings import decode_sensorthings
from stadspuls.codecs.sparkplug import decode_sparkplug
from stadspuls.codecs.things_stack import decode_uplink

CODECS: dict[str, Codec] = {
    "gbfs": decode_gbfs,
    "homie": decode_homie,
    "json": decode_plain_json,
    "senml-cbor": decode_senml_cbor,
    "senml-json": decode_senml_json,
    "sensor-community": decode_sensor_community,
    "sensorthings": decode_sensorthings,
    "sparkplug-b": decode_sparkplug,
    "the-things-stack": decode_uplink,
}
"""Every codec that needs nothing but its name, by the name that city files use."""

MAPPED = "jmespath"
CITY_CODE = "python"
KNOWN_CODECS = frozenset(CODECS) | {MAPPED, CITY_CODE}
"""What the messages of a source may be written in."""

__all__ = [
    "CITY_CODE",
    "CODECS",
    "KNOWN_CODECS",
    "MAPPED",
    "UNSTATED",
    "Birth",
    "Codec",
    "CodecContext",
    "Decoded",
    "Decoding",
    "Fault",
    "Memory",
    "Untyped",
    "conversion",
]
