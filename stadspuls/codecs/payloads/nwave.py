"""Nwave NPS405 and NPS310SM parking sensors: after the maker's vectors in TheThingsNetwork/lorawan-devices.

The published vectors of the NPS405 have the state in the lowest bit and the duration of the former state above it; an
older decoder there has them the other way round. The vectors are what is read here.
"""

from stadspuls.codecs.payloads.frames import Fields, PayloadDecoder, need, unknown_port

_RESETS_405 = dict(enumerate(("rejoining_lorawan_network", "watchdog", "power_on", "user_request"))) | {
    6: "brownout",
    7: "other",
}
_RESETS_310 = {1: "watchdog", 2: "power_on", 3: "user_request", 4: "brownout", 5: "other"}

COLD = -5
"""Below it (degrees Celsius) a battery's voltage may be a tenth of a volt less."""


def decode_nps405(port: int, payload: bytes) -> Fields:
    """Read a frame of an NPS405.

    Raises:
        CodecError: when it is none of this device.
    """
    match port:
        case 1:
            need(payload, 1, "a parking status")
            return {"type": "parking_status", "occupied": payload[0] & 1 == 1, **_former_state(payload[0] >> 1)}
        case 2:
            return _heartbeat(payload)
        case 3:
            return _startup(payload, _RESETS_405)
        case 6:
            return {"type": "debug", "bytes": list(payload)}
        case 10:
            return _registration(payload)
    raise unknown_port(port, "1, 2, 3, 6, 10")


def decode_nps310sm(port: int, payload: bytes) -> Fields:
    """Read a frame of an NPS310SM.

    Raises:
        CodecError: when it is none of this device.
    """
    match port:
        case 1 | 2:
            kind = "parking_status" if port == 1 else "heartbeat"
            need(payload, 1, f"a {kind}")
            return {"type": kind, "occupied": payload[0] & 1 == 1}
        case 3:
            return _startup(payload, _RESETS_310)
        case 6:
            return {"type": "debug", "bytes": list(payload)}
    raise unknown_port(port, "1, 2, 3, 6")


def _former_state(compressed: int) -> Fields:
    """How long the former state lasted, in minutes: exactly, to 5, to an hour, or longer than can be said."""
    duration, error = 660, None
    if compressed < 90:
        duration, error = compressed, 0
    elif compressed < 120:
        duration, error = 90 + (compressed - 90) * 5, 4
    elif compressed < 127:
        duration, error = 240 + (compressed - 120) * 60, 59
    return {
        "previous_state_duration": duration,
        "previous_state_duration_error": error,
        "previous_state_duration_overflow": error is None,
    }


def _heartbeat(payload: bytes) -> Fields:
    need(payload, 3, "a heartbeat")
    millivolts = 2500 + payload[1] * 4
    temperature = int.from_bytes(payload[2:3], signed=True) / 2 + 10
    low, critical = (3000, 2900) if temperature >= COLD else (2900, 2800)
    health = "normal" if millivolts >= low else "low" if millivolts >= critical else "critical"
    return {
        "type": "heartbeat",
        "occupied": payload[0] & 1 == 1,
        "hw_health_status": payload[0] >> 1,
        "battery_voltage": millivolts / 1000,
        "battery_health": health,
        "temperature": temperature,
    }


def _startup(payload: bytes, resets: dict[int, str]) -> Fields:
    need(payload, 5, "a start-up")
    fields: Fields = {
        "type": "startup",
        "firmware_version": ".".join(map(str, payload[:3])),
        "occupied": payload[4] & 1 == 1,
    }
    if payload[3] in resets:
        fields["reset_cause"] = resets[payload[3]]
    return fields


def _registration(payload: bytes) -> Fields:
    need(payload, 6, "a user registration")
    occupied = payload[0] & 1 == 1
    # A tag beside an empty space says nothing of the space.
    state: Fields = {"occupied": True, **_former_state(payload[0] >> 1)} if occupied else {"occupied": None}
    return {
        "type": "user_registration",
        **state,
        "tag_battery_voltage": payload[1] / 10,
        "tag_id": payload[2:6].hex().upper(),
    }


NPS405 = PayloadDecoder(
    decode_nps405, {"occupied": ("occupied", None)}, frozenset({("nwave", "nps405sm"), ("nwave", "nps405fm")})
)
NPS310SM = PayloadDecoder(decode_nps310sm, {"occupied": ("occupied", None)}, frozenset({("nwave", "nps310sm")}))
