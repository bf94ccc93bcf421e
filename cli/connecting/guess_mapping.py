"""A JMESPath mapping for JSON that no codec reads: where its names are known, what looks like a time or an id."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from jmespath import compile as compile_expression
from jmespath.exceptions import JMESPathError

from stadspuls.codecs import CodecContext, Decoded
from stadspuls.codecs.json_documents import read_json
from stadspuls.codecs.mapped import MappedCodec
from stadspuls.codecs.times import instant
from stadspuls.errors import CodecError
from stadspuls.model import Message
from stadspuls.registry import Property
from stadspuls.registry.marked import Data

DEPTH = 4
"""Objects in objects that are looked into."""
_TIMES = re.compile(
    r"(time|timestamp|ts|date|datetime|(date_?)?observed(_?at)?|measured(_?at)?|.*_?at|last_?updated?)", re.I
)
_DEVICES = re.compile(r"(id|device|sensor|(device|sensor|dev|station)_?(id|eui)|serial)", re.I)
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")


class Mapped(NamedTuple):
    """A mapping as a city file has it, and what it reads."""

    written: dict[str, Data]
    values: list[Decoded]


class _Leaf(NamedTuple):
    key: str
    expression: str
    value: object


def guess_mapping(message: Message, context: CodecContext, properties: Mapping[str, Property]) -> Mapped | None:
    """A mapping for an object that names known properties; None when it names none."""
    try:
        leaves = list(_leaves(read_json(message.payload), "", DEPTH))
    except CodecError:
        return None
    values = {leaf.key: found for leaf in leaves if (found := _result(leaf, properties))}
    if not values:
        return None
    written: dict[str, Data] = {}
    if device := next((leaf for leaf in leaves if _DEVICES.fullmatch(leaf.key) and _is_name(leaf.value)), None):
        written["sensor"] = device.expression
    if time := next((leaf for leaf in leaves if _TIMES.fullmatch(leaf.key) and _is_time(leaf.value, context)), None):
        written["time"] = time.expression
    written["values"] = dict(values)
    try:
        codec = MappedCodec(
            {name: compile_expression(expression) for name, expression in values.items()},
            sensor=compile_expression(device.expression) if device else None,
            time=compile_expression(time.expression) if time else None,
        )
        return Mapped(written, codec(message.payload, context).values)
    except (CodecError, JMESPathError):
        return None


def _leaves(document: object, above: str, depth: int) -> Iterator[_Leaf]:
    if not isinstance(document, dict) or not depth:
        return
    for key, value in document.items():
        word = key if _WORD.fullmatch(key) else json.dumps(key)
        expression = f"{above}.{word}" if above else word
        if isinstance(value, dict):
            yield from _leaves(value, expression, depth - 1)
        else:
            yield _Leaf(key, expression, value)


def _result(leaf: _Leaf, properties: Mapping[str, Property]) -> str | None:
    """The expression that gives a property its value."""
    observed = properties.get(leaf.key)
    if observed is None:
        return None
    if observed.type == "number" and isinstance(leaf.value, str) and NUMBER.fullmatch(leaf.value):
        return f"to_number({leaf.expression})"
    fitting = {"number": (int, float), "boolean": (bool,), "text": (str,)}[observed.type]
    is_flag = isinstance(leaf.value, bool)
    return leaf.expression if isinstance(leaf.value, fitting) and is_flag == (observed.type == "boolean") else None


def _is_name(value: object) -> bool:
    return isinstance(value, str | int) and not isinstance(value, bool) and value != ""


def _is_time(value: object, context: CodecContext) -> bool:
    try:
        instant(value, context.received_at, context.time_zone)
    except CodecError:
        return False
    return True
