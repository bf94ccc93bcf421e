"""JSON-LD with prefixes: pyoxigraph writes the expanded form, here it gets a context of our own.

Pages carry theirs inside: nothing but prefixes. Event streams and documents name one that is served under
`/docs/contexts` and never changes; it also says which properties have IRIs or typed literals as values, so that those
are written as plain text.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from apis.vocabulary import PREFIXES, RDF

JsonObject = dict[str, Any]

_TYPE = RDF["type"].value


@dataclass(frozen=True)
class JsonContext:
    """What stands as `@context`, the prefixes that it means, and by property the `@type` it gives values."""

    written: object
    prefixes: Mapping[str, str]
    coerced: Mapping[str, str] = field(default_factory=dict)


INLINE = JsonContext(PREFIXES, PREFIXES)
"""Every prefix, inside the document."""


def compacted(expanded: bytes, context: JsonContext) -> bytes:
    """An expanded document with the IRIs of properties, types and datatypes shortened; neighbours about one node join.

    `@id` values stay whole, since people follow them.
    """
    compact = _Compactor(context)
    document = {"@context": context.written, "@graph": list(compact.nodes(msgspec.json.decode(expanded)))}
    return msgspec.json.encode(document)


class _Compactor:
    def __init__(self, context: JsonContext) -> None:
        # The longest base first: one may begin another.
        self._prefixes = sorted(context.prefixes.items(), key=lambda each: -len(each[1]))
        self._coerced = context.coerced
        self._short: dict[str, str] = {}

    def nodes(self, nodes: list[JsonObject]) -> Iterator[JsonObject]:
        held: JsonObject | None = None
        for node in map(self._node, nodes):
            if held is not None and held["@id"] == node["@id"] and held.keys() & node.keys() == {"@id"}:
                held |= node
                continue
            if held is not None:
                yield held
            held = node
        if held is not None:
            yield held

    def _node(self, node: JsonObject) -> JsonObject:
        return dict(self._entry(key, value) for key, value in node.items())

    def _entry(self, key: str, value: Any) -> tuple[str, Any]:
        if key == "@id":
            return key, value
        if key == "@graph":
            return key, list(self.nodes(value))
        if key == _TYPE:
            types = [self._iri(each["@id"]) for each in value]
            return "@type", types[0] if len(types) == 1 else types
        short = self._iri(key)
        coerced = self._coerced.get(short)
        values = [self._value(each, coerced) for each in value]
        return short, values[0] if len(values) == 1 else values

    def _value(self, value: JsonObject, coerced: str | None) -> JsonObject | str:
        if coerced == "@id" and value.keys() == {"@id"}:
            iri: str = value["@id"]
            return iri
        if value.keys() == {"@value"} and coerced is None:
            text: str = value["@value"]
            return text
        if "@type" in value:
            kind = self._iri(value["@type"])
            typed: str = value["@value"]
            return typed if kind == coerced else value | {"@type": kind}
        return value

    def _iri(self, iri: str) -> str:
        short = self._short.get(iri)
        if short is None:
            short = self._short[iri] = self._shortened(iri)
        return short

    def _shortened(self, iri: str) -> str:
        for prefix, base in self._prefixes:
            local = iri.removeprefix(base)
            # What follows a prefix may not look like the rest of an absolute address (JSON-LD 1.1, section 4.1.5).
            if local != iri and local and not local.startswith("//"):
                return f"{prefix}:{local}"
        return iri
