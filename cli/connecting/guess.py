"""What a payload may be written in: every codec is tried on it; the one that says most in known words comes first."""

from collections.abc import Mapping
from functools import partial
from typing import NamedTuple

from cli.connecting.guess_mapping import NUMBER, guess_mapping
from stadspuls.codecs import CODECS, MAPPED, Codec, CodecContext, Decoded, Untyped
from stadspuls.codecs.payloads import DECODERS
from stadspuls.codecs.things_stack import decode_uplink
from stadspuls.errors import CodecError
from stadspuls.model import Message, Value
from stadspuls.registry import City, Property
from stadspuls.registry.marked import Data
from stadspuls.registry.routes import DEFAULT_CODEC

Properties = Mapping[str, Property]
"""What is known, by name."""

_UPLINKS = "the-things-stack"
_KINDS: dict[str, type] = {"number": float, "boolean": bool, "text": str}


class Guess(NamedTuple):
    """A codec that reads the payload."""

    codec: str
    values: list[Decoded]
    known: list[str]
    """Properties among the values, each once."""
    mapping: dict[str, Data] | None = None
    """For JSON of any form: where it has what."""
    decoder: str | None = None
    """For LoRaWAN devices whose bytes the codec itself does not know."""


def guesses(message: Message, city: City, properties: Properties) -> list[Guess]:
    """The codecs that read a payload, best first; none when it is written in something else."""
    context = CodecContext(message.topic, message.received_at, city.time_zone, memory={})
    tried: list[tuple[str, Codec, str | None]] = [(name, read, None) for name, read in CODECS.items()]
    # The bytes of a LoRaWAN device may be those of any maker.
    tried += [(_UPLINKS, partial(decode_uplink, decoder=decoder), name) for name, decoder in sorted(DECODERS.items())]
    found: list[Guess] = []
    for name, read, decoder in tried:
        if (values := _read(read, message, context)) and not (decoder and any(g.codec == name for g in found)):
            found.append(Guess(name, values, known_names(values, properties), decoder=decoder))
    mapping = guess_mapping(message, context, properties)
    if mapping is not None:
        found.append(Guess(MAPPED, mapping.values, known_names(mapping.values, properties), mapping.written))
    return sorted(found, key=_worth, reverse=True)


def known_names(values: list[Decoded], properties: Properties) -> list[str]:
    """Names that are properties, of values that have their type."""
    return list(dict.fromkeys(v.name for v in values if v.name in properties and _fits(v.value, properties[v.name])))


def likely_names(values: list[Decoded], properties: Properties) -> list[str]:
    """What a device observes: the properties it names, else one that its first value could be of."""
    fitting = [name for name, observed in properties.items() if values and _fits(values[0].value, observed)]
    return known_names(values, properties) or [next(iter([*fitting, *properties]))]


def _read(read: Codec, message: Message, context: CodecContext) -> list[Decoded]:
    try:
        return read(message.payload, context).values
    except CodecError:
        return []


def _worth(guess: Guess) -> tuple[bool, bool, float, int, int]:
    """Known words first; a mapping made for the message last; among equals the form that is more its own."""
    share = len(guess.known) / len({value.name for value in guess.values})
    form = {MAPPED: 0, DEFAULT_CODEC: 1}.get(guess.codec, 2)
    return bool(guess.known), form > 0, share, form, len(guess.known)


def _fits(value: Value, observed: Property) -> bool:
    if isinstance(value, Untyped):
        kind = "boolean" if value in ("true", "false") else "number" if NUMBER.fullmatch(value) else "text"
        return observed.type in (kind, "text")
    return type(value) is _KINDS[observed.type]
