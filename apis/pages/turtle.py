"""A page without named graphs: the triples of all its graphs, and beside each plain value which moment it belongs to.

A plain value (`<site> datex:parkingNumberOfVacantSpaces "112"`) has its instant from the name of its graph alone. In
Turtle that graph is a collection (`sosa:hasMember`) of observations that carry site, property, value and instant;
observations that are nodes of their own already say when they were made.
"""

from collections.abc import Iterator, Sequence
from itertools import count

from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Quad, Triple

from apis.vocabulary import PROV, RDF, SOSA


def page_triples(quads: Sequence[Quad]) -> Iterator[Triple]:
    """The triples of the quads in their order, each plain value followed by what its graph said of it."""
    # Whatever is a node of its own has a type in its graph; sites, which only have values there, do not.
    typed = {(quad.subject, quad.graph_name) for quad in quads if quad.predicate == RDF["type"]}
    instants = {
        quad.subject: quad.object
        for quad in quads
        if quad.predicate == PROV["generatedAtTime"] and isinstance(quad.graph_name, DefaultGraph)
    }
    numbers = count(1)
    for quad in quads:
        yield quad.triple
        moment = quad.graph_name
        if moment in instants and (quad.subject, moment) not in typed and isinstance(moment, NamedNode):
            member = BlankNode(f"value{next(numbers)}")
            yield Triple(moment, SOSA["hasMember"], member)
            yield Triple(member, RDF["type"], SOSA["Observation"])
            yield Triple(member, SOSA["hasFeatureOfInterest"], quad.subject)
            yield Triple(member, SOSA["observedProperty"], quad.predicate)
            yield Triple(member, SOSA["hasSimpleResult"], quad.object)
            yield Triple(member, SOSA["resultTime"], instants[moment])
