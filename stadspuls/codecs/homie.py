"""Devices of the Homie convention 5: `.../homie/5/{device}/{node}/{property}`, a value as plain text.

Topics with `$` (`$state`, `$description`, alerts) and `/set` describe and command; they hold no reading. A value is
read as its property's type in the registry says, so nothing must be remembered of `$description`. Homie has no times: a
value is observed when it is received.
"""

from stadspuls.codecs.base import CodecContext, Decoded, Decoding, Untyped
from stadspuls.errors import CodecError
from stadspuls.model import Reason

VERSION = "5"


def decode_homie(payload: bytes, context: CodecContext) -> Decoding:
    """Read one property; device, node and property are in the topic, and the sensor is `{device}/{node}`.

    Raises:
        CodecError: when the topic is none of Homie 5, or the payload no text.
    """
    levels = _levels(context.topic)
    if any(level.startswith("$") for level in levels) or levels[-1] == "set":
        return Decoding([], [])
    if len(levels) != 3:
        raise CodecError(Reason.UNDECODABLE, "the topic is not .../homie/5/{device}/{node}/{property}")
    device, node, name = levels
    if name in context.ignore or not payload:
        # An empty payload takes a retained value back.
        return Decoding([], [])
    try:
        # A single null character stands for the empty text.
        text = payload.decode().replace("\0", "")
    except UnicodeDecodeError as error:
        raise CodecError(Reason.UNDECODABLE, f"the value is not UTF-8 from byte {error.start} on") from None
    return Decoding([Decoded(f"{device}/{node}", context.received_at, name, Untyped(text))], [])


def _levels(topic: str) -> list[str]:
    levels = topic.split("/")
    for i in range(len(levels) - 2):
        if levels[i + 1] == VERSION:
            return levels[i + 2 :]
    raise CodecError(Reason.UNDECODABLE, "the topic is not .../homie/5/{device}/{node}/{property}")
