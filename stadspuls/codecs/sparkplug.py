"""Sparkplug B (specification 3.0): `.../spBv1.0/{group}/{kind}/{edge}[/{device}]`, metrics in protobuf.

A birth announces metrics by name, type and alias, and later data may give the alias alone; so births are remembered,
and a death makes a sender's aliases unknown until it is born again. The sensor is `{group}/{edge}` or
`{group}/{edge}/{device}`.
"""

import struct
from typing import Any, NamedTuple

from stadspuls.codecs.base import Birth, CodecContext, Decoded, Decoding, Fault, Memory
from stadspuls.codecs.sparkplug_wire import read_payload
from stadspuls.codecs.times import EARLIEST, LATEST, shown
from stadspuls.codecs.values import usable
from stadspuls.errors import CodecError
from stadspuls.model import Reason, Value

NAMESPACE = "spBv1.0"
MILLISECOND = 1000
REMEMBERED = 100_000
"""Metrics of a city's births that are remembered; those that are longest ago are forgotten first."""
SENDERS = 2000
"""Nodes and devices of a city that are remembered."""

_SILENT = frozenset({"NCMD", "DCMD"})
_KINDS = frozenset({"NBIRTH", "NDATA", "NDEATH", "DBIRTH", "DDATA", "DDEATH"}) | _SILENT
_OF_ITSELF = ("Node Control/", "Device Control/", "Properties/")
_SESSION = "bdSeq"
_SIGNED = {1: 8, 2: 16, 3: 32, 4: 64}
"""Bits of Int8 to Int64 by their number as a data type (table of section 6.4.16)."""
_TIMES_AND_BYTES = frozenset({13, 15, 16, 17, 18, 19})
"""DateTime, UUID, DataSet, Bytes, File, Template: no results."""


class _Sender(NamedTuple):
    """An edge node, or a device behind one."""

    kind: str
    name: str
    key: str
    """What it is remembered by: its topic without the kind of message."""


def decode_sparkplug(payload: bytes, context: CodecContext) -> Decoding:
    """Read a birth, data or a death.

    Raises:
        CodecError: when topic or payload are none of Sparkplug B.
    """
    sender = _sender(context.topic)
    if sender is None or sender.kind in _SILENT:
        return Decoding([], [])
    message = read_payload(payload)
    if sender.kind.endswith("DEATH"):
        if context.memory is not None:
            _bury(_birth(message, context), sender, context.memory)
        return Decoding([], [])
    if sender.kind.endswith("BIRTH"):
        birth = _birth(message, context)
        if context.memory is not None and not _is_copy(birth, sender, context.memory):
            _remember(birth, sender, context.memory)
    else:
        birth = (context.memory or {}).get(sender.key) or Birth({}, {})
        if message.timestamp and message.timestamp < birth.sent:
            # A repetition of what was sent before this birth, when its numbers meant something else.
            birth = Birth({}, {})
    decoding = Decoding([], [])
    for metric in message.metrics:
        name = _name(metric, birth)
        if isinstance(name, Fault):
            decoding.faults.append(name)
        elif not _of_itself(name) and name not in context.ignore and not metric.is_null:
            found = _read(metric, name, birth, sender, message.timestamp)
            if isinstance(found, Fault):
                decoding.faults.append(found)
            else:
                decoding.values.append(found)
    return decoding


def _sender(topic: str) -> _Sender | None:
    levels = topic.split("/")
    if NAMESPACE not in levels:
        raise CodecError(Reason.UNDECODABLE, f"the topic has no level {NAMESPACE}")
    place = levels.index(NAMESPACE)
    rest = levels[place + 1 :]
    if rest[:1] == ["STATE"]:
        # What a host application says of itself.
        return None
    if len(rest) not in (3, 4) or rest[1] not in _KINDS or (rest[1][0] == "D") != (len(rest) == 4):
        raise CodecError(Reason.UNDECODABLE, "the topic is not .../spBv1.0/{group}/{kind}/{edge}[/{device}]")
    own = [rest[0], *rest[2:]]
    return _Sender(rest[1], "/".join(own), "/".join([*levels[: place + 1], *own]))


def _birth(message: Any, context: CodecContext) -> Birth:
    names: dict[int, str] = {}
    types: dict[str, int] = {}
    session = None
    for metric in message.metrics:
        name = _text(metric.name)
        if name == _SESSION:
            session = metric.long_value or metric.int_value
        if name is None or not name or _of_itself(name):
            continue
        types[name] = metric.datatype
        if metric.HasField("alias"):
            names[metric.alias] = name
    return Birth(names, types, session, message.timestamp, context.received_at)


def _is_copy(said: Birth, sender: _Sender, memory: Memory) -> bool:
    """Whether a birth or death comes a second time, behind what was received after it: frames may be repeated."""
    node = memory.get(sender.key.rpartition("/")[0]) if sender.kind[0] == "D" else None
    known = [birth for birth in (memory.get(sender.key), node) if birth is not None]
    return said in known or any(said.received < birth.received for birth in known)


def _remember(birth: Birth, sender: _Sender, memory: Memory) -> None:
    if sender.kind == "NBIRTH":
        _forget(sender, memory)
    # The youngest stands last.
    memory.pop(sender.key, None)
    memory[sender.key] = birth
    # Several cities may share the memory: none can push out what another one said.
    city = sender.key.partition("/")[0] + "/"
    own = [key for key in memory if key.startswith(city)]
    size, count = sum(len(memory[key].types) for key in own), len(own)
    for key in own:
        if size <= REMEMBERED and count <= SENDERS:
            break
        size -= len(memory.pop(key).types)
        count -= 1


def _bury(farewell: Birth, sender: _Sender, memory: Memory) -> None:
    if _is_copy(farewell, sender, memory):
        return
    if sender.kind == "DDEATH":
        memory.pop(sender.key, None)
        return
    born = memory.get(sender.key)
    # The broker may deliver the will of a session after the birth of the next.
    if born is None or born.session is None or farewell.session == born.session:
        _forget(sender, memory)


def _forget(sender: _Sender, memory: Memory) -> None:
    """Forget an edge node with all its devices."""
    for key in [key for key in memory if key == sender.key or key.startswith(f"{sender.key}/")]:
        del memory[key]


def _read(metric: Any, name: str, birth: Birth, sender: _Sender, sent: int) -> Decoded | Fault:
    value = _value(metric, name, metric.datatype or birth.types.get(name, 0))
    if isinstance(value, Fault):
        return value
    time = (metric.timestamp or sent) * MILLISECOND
    if EARLIEST <= time < LATEST:
        return Decoded(sender.name, time, name, value)
    told = f"{shown(name)} has the timestamp {time // MILLISECOND}: no milliseconds since 1970"
    return Fault(Reason.UNDECODABLE, told, name)


def _name(metric: Any, birth: Birth) -> str | Fault:
    if metric.name:
        name = _text(metric.name)
        return name if name is not None else Fault(Reason.UNDECODABLE, "a metric's name is not UTF-8", "")
    if not metric.HasField("alias"):
        return Fault(Reason.UNDECODABLE, "a metric has neither name nor alias", "")
    known = birth.names.get(metric.alias)
    if known is None:
        told = f"unknown alias {metric.alias}: the sender's birth has not been seen; ask it for a rebirth"
        return Fault(Reason.UNDECODABLE, told, f"alias {metric.alias}")
    return known


def _value(metric: Any, name: str, datatype: int) -> Value | Fault:
    field = metric.WhichOneof("value")
    if field is None or datatype in _TIMES_AND_BYTES:
        said = "no value" if field is None else f"a value of data type {datatype}, which is no result"
        return Fault(Reason.UNDECODABLE, f"{shown(name)} has {said}", name)
    given = getattr(metric, field)
    if field == "string_value":
        text = _text(given)
        return text if text is not None else Fault(Reason.UNDECODABLE, f"{shown(name)} is not UTF-8", name)
    if field == "float_value":
        return usable(name, _shortest(given))
    if field in ("int_value", "long_value"):
        return usable(name, _signed(given, datatype))
    return usable(name, given)


def _signed(number: int, datatype: int) -> int:
    bits = _SIGNED.get(datatype)
    if bits is None:
        return number
    number &= (1 << bits) - 1
    return number - (1 << bits) if number >> (bits - 1) else number


def _shortest(number: float) -> float:
    """The number with the fewest digits that is the same float32: 21.4 and not 21.399999618530273."""
    for digits in range(6, 9):
        short = float(f"{number:.{digits}g}")
        if abs(short) < 3e38 and struct.unpack("f", struct.pack("f", short))[0] == number:
            return short
    return number


def _of_itself(name: str) -> bool:
    return name == _SESSION or name.startswith(_OF_ITSELF)


def _text(text: bytes) -> str | None:
    try:
        return text.decode()
    except UnicodeDecodeError:
        return None
