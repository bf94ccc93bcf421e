"""JSON-LD with prefixes: pyoxigraph writes the expanded form, here it gets a context of its own.

The context is always inside, has nothing but prefixes, and is never fetched from anywhere.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from apis.vocabulary import RDF

JsonObject = dict[str, Any]

_TYPE = RDF["type"].value


def compacted(expanded: bytes, prefixes: Mapping[str, str]) -> bytes:
    """An expanded document with the IRIs of properties, types and datatypes shortened; neighbours about one node join.

    `@id` values stay whole, since people follow them.
    """
    compact = _Compactor(prefixes)
    document = {"@context": dict(prefixes), "@graph": list(compact.nodes(msgspec.json.decode(expanded)))}
    return msgspec.json.encode(document)


class _Compactor:
    def __init__(self, prefixes: Mapping[str, str]) -> None:
        # The longest base first: one may begin another.
        self._prefixes = sorted(prefixes.items(), key=lambda each: -len(each[1]))
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
        return {"@type" if key == _TYPE else self._iri(key): self._member(key, value) for key, value in node.items()}

    def _member(self, key: str, value: Any) -> Any:
        if key == "@id":
            return value
        if key == "@graph":
            return list(self.nodes(value))
        values = [self._iri(each["@id"]) if key == _TYPE else self._value(each) for each in value]
        return values[0] if len(values) == 1 else values

    def _value(self, value: JsonObject) -> JsonObject | str:
        if value.keys() == {"@value"}:
            text: str = value["@value"]
            return text
        if "@type" in value:
            return value | {"@type": self._iri(value["@type"])}
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
