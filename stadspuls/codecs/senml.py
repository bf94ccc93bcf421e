"""SenML packs (RFC 8428) in JSON and CBOR: base fields, relative times, the resolved form.

A record's name is its sensor and its property, parted by the last `/` or `:`. Units of SenML that UCUM writes otherwise
are translated; secondary units (RFC 8798, `ug/m3`) are taken as they stand.
"""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import NamedTuple

import cbor2

from stadspuls.clock import SECOND
from stadspuls.codecs.base import CodecContext, Decoded, Decoding, Fault
from stadspuls.codecs.json_documents import kind_of, read_json
from stadspuls.codecs.times import EARLIEST, LATEST, shown
from stadspuls.codecs.values import as_float, usable
from stadspuls.errors import CodecError
from stadspuls.model import Reason, Value

VERSION = 10
"""Newest version of SenML that is read (RFC 8428, section 4.4)."""

RELATIVE_BELOW = 2**28
"""Seconds; times below it count from the moment of reception (RFC 8428, section 4.5.3)."""

DEPTH = 8
"""Levels of nesting that are read; a pack has two."""

_CBOR = {-1: "bver", -2: "bn", -3: "bt", -4: "bu", -5: "bv", -6: "bs"} | dict(
    enumerate(("n", "u", "v", "vs", "vb", "s", "t", "ut", "vd"))
)
"""Labels of the CBOR form (RFC 8428, table 4)."""

_VALUES = ("v", "vs", "vb", "vd")
_BASE = ("bn", "bt", "bu", "bv", "bs", "bver")
_UCUM = {"%RH": "%", "%EL": "%", "/": "1", "count": "1", "ppm": "[ppm]", "ppb": "[ppb]"}
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9:./_-]*")
_TYPES = {"v": float, "vs": str, "vb": bool}


class Record(NamedTuple):
    """A record in resolved form."""

    name: str
    unit: str | None
    """As SenML writes it."""
    time: int
    """Microseconds since 1970, UTC."""
    value: Value


def decode_senml_json(payload: bytes, context: CodecContext) -> Decoding:
    """Read a pack in JSON (`application/senml+json`).

    Raises:
        CodecError: when it is no pack, or needs a feature that is not understood.
    """
    return _decoding(read_json(payload), context)


def decode_senml_cbor(payload: bytes, context: CodecContext) -> Decoding:
    """Read a pack in CBOR (`application/senml+cbor`).

    Raises:
        CodecError: when it is no pack, or needs a feature that is not understood.
    """
    try:
        pack = cbor2.loads(payload, max_depth=DEPTH)
    except (cbor2.CBORDecodeError, ValueError, TypeError, OverflowError, RecursionError) as error:
        raise CodecError(Reason.UNDECODABLE, f"the message is no CBOR: {shown(str(error))}") from None
    if isinstance(pack, list):
        pack = [_labelled(record) for record in pack]
    return _decoding(pack, context)


def resolve(pack: object, now: int) -> tuple[list[Record], list[Fault]]:
    """The records of a pack in resolved form, and what is wrong with the others.

    Args:
        pack: maps by their JSON labels.
        now: what relative times count from.

    Raises:
        CodecError: when it is no pack, or needs a feature that is not understood.
    """
    records: list[Record] = []
    faults: list[Fault] = []
    base: dict[str, object] = {}
    for record in _records(pack):
        base.update((label, record[label]) for label in _BASE if label in record)
        if all(label in _BASE for label in record):
            continue
        found = _resolved(record, base, now)
        if isinstance(found, Record):
            records.append(found)
        elif found is not None:
            faults.append(found)
    return records, faults


def _decoding(pack: object, context: CodecContext) -> Decoding:
    records, faults = resolve(pack, context.received_at)
    values: list[Decoded] = []
    for record in records:
        sensor, name = _parted(record.name)
        if name not in context.ignore:
            unit = None if record.unit is None else _UCUM.get(record.unit, record.unit)
            values.append(Decoded(sensor, record.time, name, record.value, unit))
    return Decoding(values, [fault for fault in faults if _parted(fault.name)[1] not in context.ignore])


def _records(pack: object) -> Iterator[Mapping[str, object]]:
    if not isinstance(pack, list):
        raise CodecError(Reason.UNDECODABLE, f"a pack is an array of records, and this is {kind_of(pack)}")
    if not pack:
        raise CodecError(Reason.UNDECODABLE, "the pack is empty")
    for i, record in enumerate(pack):
        if not isinstance(record, dict):
            raise CodecError(Reason.UNDECODABLE, f"record {i} is {kind_of(record)}, not an object")
        for label in record:
            if isinstance(label, str) and label.endswith("_"):
                raise CodecError(Reason.UNDECODABLE, f"record {i} needs {shown(label)} to be understood")
        version = record.get("bver", VERSION)
        if not isinstance(version, int) or version > VERSION:
            raise CodecError(Reason.UNDECODABLE, f"record {i} is of version {shown(version)}; {VERSION} is read")
        yield record


def _resolved(record: Mapping[str, object], base: Mapping[str, object], now: int) -> Record | Fault | None:
    name = _text(base.get("bn", "")) + _text(record.get("n", ""))
    if not _NAME.fullmatch(name):
        return Fault(Reason.UNDECODABLE, f"{shown(name)} is no name of a record", name)
    given = [label for label in _VALUES if label in record]
    if not given and "s" in record:
        # A sum alone is no reading of an instant.
        return None
    if len(given) != 1:
        told = " and ".join(given) or "no value"
        return Fault(Reason.UNDECODABLE, f"{shown(name)} has {told}; a record has one value", name)
    time = _time(record.get("t", 0), base.get("bt", 0), now)
    if time is None:
        said = f"bt {shown(base.get('bt', 0))} and t {shown(record.get('t', 0))}"
        return Fault(Reason.UNDECODABLE, f"{shown(name)}: {said} are no time", name)
    value = _value(given[0], record, base, name)
    unit = record.get("u", base.get("bu"))
    if isinstance(value, Fault):
        return value
    return Record(name, None if unit is None else _text(unit), time, value)


def _value(label: str, record: Mapping[str, object], base: Mapping[str, object], name: str) -> Value | Fault:
    value = usable(name, record[label])
    if label == "v" and isinstance(value, float) and "bv" in base:
        added = base["bv"]
        value = usable(name, value + as_float(added) if isinstance(added, int | float) else added)
    if not isinstance(value, Fault) and type(value) is not _TYPES.get(label):
        said = "data, which is no result" if label == "vd" else f"{label} {shown(value)}, which is of another type"
        return Fault(Reason.UNDECODABLE, f"{shown(name)} has {said}", name)
    return value


def _time(time: object, base: object, now: int) -> int | None:
    """Base and record's own time added; None when that is no instant that a device here can mean."""
    seconds = Decimal(0)
    for part in (time, base):
        if isinstance(part, bool) or not isinstance(part, int | float):
            return None
        # By the digits as sent; a huge whole number is no time either.
        decimal = Decimal(repr(part)) if isinstance(part, float) or abs(part) < LATEST else Decimal("inf")
        if not decimal.is_finite():
            return None
        seconds += decimal
    if abs(seconds) >= LATEST:
        return None
    us = int(seconds * SECOND) + (now if abs(seconds) < RELATIVE_BELOW else 0)
    return us if EARLIEST <= us < LATEST else None


def _parted(name: str) -> tuple[str | None, str]:
    place = max(name.rfind("/"), name.rfind(":"))
    return (name[:place], name[place + 1 :]) if place > 0 else (None, name)


def _text(value: object) -> str:
    # Never a text of SenML: it is told as what it is.
    return value if isinstance(value, str) else shown(value)


def _labelled(record: object) -> object:
    if not isinstance(record, dict):
        return record
    return {_CBOR.get(label, label) if isinstance(label, int) else label: value for label, value in record.items()}
