"""Bosch TPS110 parking sensor, firmware 0.29.2: as the maker's decoder in TheThingsNetwork/lorawan-devices reads it."""

from stadspuls.codecs.payloads.frames import Fields, PayloadDecoder, need, unknown_port

_RESETS = {1: "watchdog", 2: "power on", 3: "system request", 4: "other"}


def decode_tps110(port: int, payload: bytes) -> Fields:
    """Read a frame; one of status, heartbeat or start-up says whether the space is occupied.

    Raises:
        CodecError: when it is none of this device.
    """
    match port:
        case 1:
            need(payload, 1, "a parking status")
            return {"type": "parking status", "occupied": _occupied(payload[0])}
        case 2:
            return _heartbeat(payload)
        case 3:
            return _startup(payload)
        case 4 | 5:
            return {"type": "device information" if port == 4 else "device usage", "bytes": list(payload)}
        case 6:
            return _debug(payload)
    raise unknown_port(port, "1 to 6")


def _occupied(byte: int) -> bool:
    return byte & 1 == 1


def _heartbeat(payload: bytes) -> Fields:
    need(payload, 1, "a heartbeat")
    fields: Fields = {"type": "heartbeat", "occupied": _occupied(payload[0])}
    if len(payload) > 1:
        fields["temperature"] = int.from_bytes(payload[1:2], signed=True)
    return fields


def _startup(payload: bytes) -> Fields:
    need(payload, 17, "a start-up")
    codes = [(payload[i + 1] & 0xF) << 8 | payload[i] for i in (0, 4, 8)]
    fields: Fields = {
        "type": "startup",
        "debugCodes": [code for code in codes if code],
        "firmwareVersion": ".".join(map(str, payload[12:15])),
        "occupied": _occupied(payload[16]),
    }
    if payload[15] in _RESETS:
        fields["resetCause"] = _RESETS[payload[15]]
    return fields


def _debug(payload: bytes) -> Fields:
    need(payload, 10, "a debug frame")
    return {
        "type": "debug",
        "timestamp": int.from_bytes(payload[:4], "little"),
        "debugCode": (payload[5] & 0xF) << 8 | payload[4],
        "sequenceNumber": payload[9] << 8 | payload[8],
    }


TPS110 = PayloadDecoder(
    decode_tps110,
    # The temperature is that of the device in the road.
    {"occupied": ("occupied", None)},
    frozenset({("bosch", "tps110")}),
)
