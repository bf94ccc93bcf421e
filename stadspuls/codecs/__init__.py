"""Codecs: how the bytes of a message become values. Pure functions, no clock, no I/O.

In: a payload and what its route says of it. Out: decoded values, and what could not be used.
One module a codec; a city file names it, `CODECS` finds it.
"""

from stadspuls.codecs.base import Codec, CodecContext, Decoded, Decoding, Fault
from stadspuls.codecs.plain_json import decode_plain_json

CODECS: dict[str, Codec] = {"json": decode_plain_json}
"""Every codec by the name that city files use."""

__all__ = ["CODECS", "Codec", "CodecContext", "Decoded", "Decoding", "Fault"]
