"""Uplinks of The Things Stack v3 over MQTT: `v3/{application}@{tenant}/devices/{device}/up`.

The server leaves out zeros (`f_port`, `f_cnt`, `rssi`) and writes times to the nanosecond. The bytes of a device that
is known here are read here, whatever formatter the application has; else `decoded_payload` tells the values.
"""

from collections.abc import Mapping

import msgspec

from stadspuls.codecs.base import CodecContext, Decoded, Decoding, Fault
from stadspuls.codecs.json_documents import Reader
from stadspuls.codecs.payloads import DECODERS, PayloadDecoder
from stadspuls.codecs.times import instant
from stadspuls.codecs.values import usable
from stadspuls.errors import CodecError
from stadspuls.model import Reason

_UCUM = {"°C": "Cel", "µg⋅m⁻³": "ug/m3", "µg/m³": "ug/m3", "ppb": "[ppb]", "ppm": "[ppm]"}
"""Units as makers' formatters write them."""
_MODELS = {model: decoder for decoder in DECODERS.values() for model in decoder.models}


class _Ids(msgspec.Struct):
    device_id: str


class _Version(msgspec.Struct):
    brand_id: str = ""
    model_id: str = ""


class _Uplink(msgspec.Struct):
    f_port: int = 0
    frm_payload: bytes = b""
    decoded_payload: dict[str, object] | None = None
    received_at: str | None = None
    version_ids: _Version | None = None


class _Message(msgspec.Struct):
    end_device_ids: _Ids
    received_at: str | None = None
    uplink_message: _Uplink | None = None
    simulated: bool = False


_read = Reader(_Message)


def decode_uplink(payload: bytes, context: CodecContext, decoder: PayloadDecoder | None = None) -> Decoding:
    """Read an uplink; messages of other kinds hold no reading.

    Args:
        payload: the message.
        context: what is known of it.
        decoder: reads the device's bytes; None: by the device's model as the server knows it.

    Raises:
        CodecError: when it is no message of The Things Stack, or its bytes are none of the device.
    """
    message = _read(payload)
    uplink = message.uplink_message
    if uplink is None:
        return Decoding([], [])
    if message.simulated:
        raise CodecError(Reason.UNDECODABLE, "the uplink is simulated: no device has sent it")
    if not uplink.f_port and not uplink.frm_payload:
        # Commands of the network alone.
        return Decoding([], [])
    stated = uplink.received_at or message.received_at
    time = context.received_at if stated is None else instant(stated, context.received_at, None)
    chosen = decoder or _by_model(uplink.version_ids)
    if chosen is not None:
        return _from_bytes(uplink, chosen, message.end_device_ids.device_id, time, context)
    if uplink.decoded_payload is None:
        raise CodecError(
            Reason.UNDECODABLE, "no decoder for this device: the source names none and there is no decoded_payload"
        )
    return _from_fields(uplink.decoded_payload, message.end_device_ids.device_id, time, context)


def _by_model(version: _Version | None) -> PayloadDecoder | None:
    return None if version is None else _MODELS.get((version.brand_id, version.model_id))


def _from_bytes(uplink: _Uplink, decoder: PayloadDecoder, device: str, time: int, context: CodecContext) -> Decoding:
    fields = decoder.decode(uplink.f_port, uplink.frm_payload)
    values: list[Decoded] = []
    for field, (name, unit) in decoder.results.items():
        value = _plain(fields.get(field))
        if isinstance(value, bool | int | float) and name not in context.ignore:
            values.append(Decoded(device, time, name, value if isinstance(value, bool) else float(value), unit))
    return Decoding(values, [])


def _from_fields(fields: Mapping[str, object], device: str, time: int, context: CodecContext) -> Decoding:
    values: list[Decoded] = []
    faults: list[Fault] = []
    for name, field in fields.items():
        given = _plain(field)
        if given is None or name in context.ignore:
            continue
        value = usable(name, given)
        if isinstance(value, Fault):
            faults.append(value)
        else:
            values.append(Decoded(device, time, name, value, _unit(field)))
    return Decoding(values, faults)


def _plain(field: object) -> object:
    """A field's value; some formatters wrap it with its unit."""
    return field["value"] if isinstance(field, dict) and "value" in field else field


def _unit(field: object) -> str | None:
    unit = field.get("unit") if isinstance(field, dict) else None
    return _UCUM.get(unit, unit) if isinstance(unit, str) else None
