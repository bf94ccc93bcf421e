"""A dataset on its way into a catalogue, with what everything about it needs."""

from dataclasses import dataclass

from pyoxigraph import NamedNode

from stadspuls.registry import Dataset


@dataclass(frozen=True)
class Described:
    """The dataset, its identifier, the catalogue's, and its city's publisher and contact."""

    dataset: Dataset
    iri: str
    base_url: str
    catalogue: str
    publisher: NamedNode
    contact: NamedNode
