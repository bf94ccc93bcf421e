"""Libelium Plug & Sense Smart Parking: after the maker's technical guide (PARKING-V1).

Byte 0 holds the state (bit 7), a low battery (bit 6) and the kind of frame (bits 3 to 0), byte 1 counts frames. What
follows differs from firmware to firmware (12 bytes in 1.x, 11 after it) and is left unread.
"""

from stadspuls.codecs.payloads.frames import Fields, PayloadDecoder
from stadspuls.errors import CodecError
from stadspuls.model import Reason

_KINDS = ("info", "keep-alive", "daily", "error", "start-1", "start-2", "service", "downlink", "rssi")
_OBSERVING = frozenset({"info", "keep-alive", "daily"})
"""Kinds that say whether the space is occupied: before its first measurement and in an error a sensor cannot know."""
_LENGTHS = (11, 12)


def decode_libelium(port: int, payload: bytes) -> Fields:
    """Read a frame; the port does not matter.

    Raises:
        CodecError: when it is none of this device.
    """
    if len(payload) not in _LENGTHS:
        raise CodecError(Reason.UNDECODABLE, f"a frame has 11 or 12 bytes, this one {len(payload)}")
    number = payload[0] & 0xF
    if number >= len(_KINDS):
        raise CodecError(Reason.UNDECODABLE, f"no kind of frame has the number {number}")
    kind = _KINDS[number]
    return {
        "type": kind,
        "occupied": bool(payload[0] & 0x80) if kind in _OBSERVING else None,
        "low_battery": bool(payload[0] & 0x40),
        "frame_counter": payload[1],
    }


SMART_PARKING = PayloadDecoder(decode_libelium, {"occupied": ("occupied", None)})
