"""A graph that is built node by node: what is said of one thing stands together, and nothing is said twice."""

from collections.abc import Iterator

from pyoxigraph import Literal, NamedNode, Triple

from apis.rdf.literals import texts
from apis.vocabulary import RDF
from stadspuls.registry import LangMap

Value = NamedNode | Literal


class Graph:
    """Triples by subject, in the order in which subjects and what is said of them were first named."""

    def __init__(self) -> None:
        self._said: dict[NamedNode, dict[tuple[NamedNode, Value], None]] = {}

    def node(self, iri: str, *kinds: NamedNode) -> NamedNode:
        """The node with that identifier, of these classes."""
        node = NamedNode(iri)
        self.say(node, RDF["type"], *kinds)
        return node

    def say(self, node: NamedNode, predicate: NamedNode, *values: Value) -> None:
        """Say something of a node; the same twice is said once."""
        said = self._said.setdefault(node, {})
        said.update(((predicate, value), None) for value in values)

    def tell(self, node: NamedNode, predicate: NamedNode, langmap: LangMap) -> None:
        """Say text for people of a node, in every language there is."""
        self.say(node, predicate, *texts(langmap))

    def triples(self) -> Iterator[Triple]:
        """Everything that was said."""
        for node, said in self._said.items():
            for predicate, value in said:
                yield Triple(node, predicate, value)
