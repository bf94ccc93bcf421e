"""Atomsenses AS-202 air quality sensor: after the published vector in TheThingsNetwork/lorawan-devices.

A payload is a row of channel, type and number. Neither vector nor decoder states the unit of the gases, so these are
not published before the city file names it; another revision sends CO on channel 09, which is not read.
"""

from collections.abc import Callable
from typing import NamedTuple

from stadspuls.codecs.base import UNSTATED
from stadspuls.codecs.payloads.frames import Fields, PayloadDecoder, need
from stadspuls.errors import CodecError
from stadspuls.model import Reason


class _Channel(NamedTuple):
    name: str
    length: int
    convert: Callable[[bytes], float]


_CHANNELS = {
    (0x01, 0x75): _Channel("battery", 1, lambda b: b[0]),
    (0x03, 0x67): _Channel("temperature", 2, lambda b: int.from_bytes(b, "little", signed=True) / 10),
    (0x04, 0x68): _Channel("humidity", 1, lambda b: b[0] / 2),
    (0x06, 0x70): _Channel("no2", 1, lambda b: b[0]),
    (0x07, 0x7D): _Channel("co", 2, lambda b: int.from_bytes(b, "little")),
}


def decode_as202(port: int, payload: bytes) -> Fields:
    """Read a payload; the port does not matter.

    Raises:
        CodecError: when it has an unknown channel, whose length nobody knows, or ends within one.
    """
    need(payload, 3, "a payload")
    fields: Fields = {}
    place = 0
    while place < len(payload):
        need(payload, place + 2, "a payload")
        channel = _CHANNELS.get((payload[place], payload[place + 1]))
        if channel is None:
            told = payload[place : place + 2].hex(" ")
            raise CodecError(Reason.UNDECODABLE, f"byte {place}: no channel and type {told} is known")
        place += 2
        need(payload, place + channel.length, f"a payload with {channel.name}")
        fields[channel.name] = channel.convert(payload[place : place + channel.length])
        place += channel.length
    return fields


AS_202 = PayloadDecoder(
    decode_as202,
    {
        "temperature": ("temperature", "Cel"),
        "humidity": ("humidity", "%"),
        "no2": ("no2", UNSTATED),
        "co": ("co", UNSTATED),
    },
    frozenset({("atomsenses", "as-202")}),
)
