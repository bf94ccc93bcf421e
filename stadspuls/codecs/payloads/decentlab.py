"""Decentlab DL-PM particulate matter station: after the maker's decoder in TheThingsNetwork/lorawan-devices.

A payload opens with version, device id and flags; each flag announces a group of 16-bit numbers.
"""

from collections.abc import Callable
from typing import NamedTuple

from stadspuls.codecs.payloads.frames import Fields, PayloadDecoder, need, u16
from stadspuls.errors import CodecError
from stadspuls.model import Reason

PROTOCOL = 2
HEADER = 5
_MASS = "µg⋅m⁻³"


class _Quantity(NamedTuple):
    name: str
    shown: str
    convert: Callable[[int], float]
    unit: str | None = None


def _tenth(number: int) -> float:
    return number / 10


def _counted(size: str, name: str) -> _Quantity:
    return _Quantity(f"{name}_number_concentration", f"{size} number concentration", _tenth)


def _weighed(size: str, name: str) -> _Quantity:
    return _Quantity(f"{name}_mass_concentration", f"{size} mass concentration", _tenth, _MASS)


_SIZES = (("PM1.0", "pm1_0"), ("PM2.5", "pm2_5"), ("PM4", "pm4"), ("PM10", "pm10"))
_GROUPS: tuple[tuple[_Quantity, ...], ...] = (
    (_Quantity("battery_voltage", "Battery voltage", lambda x: x / 1000, "V"),),
    (
        *(_weighed(*size) for size in _SIZES),
        _Quantity("typical_particle_size", "Typical particle size", lambda x: x, "nm"),
        _counted("PM0.5", "pm0_5"),
        *(_counted(*size) for size in _SIZES),
    ),
    (
        # Sensirion SHT21, data sheet, section 6.
        _Quantity("air_temperature", "Air temperature", lambda x: 175.72 * x / 65536 - 46.85, "°C"),
        _Quantity("air_humidity", "Air humidity", lambda x: 125 * x / 65536 - 6, "%"),
    ),
    (_Quantity("barometric_pressure", "Barometric pressure", lambda x: x * 2, "Pa"),),
)


def decode_dl_pm(port: int, payload: bytes) -> Fields:
    """Read a payload; the port does not matter.

    Raises:
        CodecError: when it is of another protocol, or ends before its last group.
    """
    need(payload, 1, "a payload")
    if payload[0] != PROTOCOL:
        raise CodecError(Reason.UNDECODABLE, f"protocol version {payload[0]} doesn't match v{PROTOCOL}")
    need(payload, HEADER, "a header")
    fields: Fields = {"protocol_version": PROTOCOL, "device_id": u16(payload, 1)}
    flags, place = u16(payload, 3), HEADER
    for number, group in enumerate(_GROUPS):
        if not flags >> number & 1:
            continue
        need(payload, place + 2 * len(group), f"a payload with group {number}")
        for quantity in group:
            told: Fields = {"displayName": quantity.shown, "value": quantity.convert(u16(payload, place))}
            fields[quantity.name] = told if quantity.unit is None else {**told, "unit": quantity.unit}
            place += 2
    return fields


DL_PM = PayloadDecoder(
    decode_dl_pm,
    {
        "pm2_5_mass_concentration": ("pm25", "ug/m3"),
        "pm10_mass_concentration": ("pm10", "ug/m3"),
        "air_temperature": ("temperature", "Cel"),
        "air_humidity": ("humidity", "%"),
        "barometric_pressure": ("pressure", "Pa"),
    },
    frozenset({("decentlab", "dl-pm")}),
)
