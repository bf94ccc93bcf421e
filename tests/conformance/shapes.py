"""Shapes of other people, as `../shared/conformance` beside the checkout holds them, and what they say of a graph."""

import json
from dataclasses import dataclass
from pathlib import Path

import pytest
from pyshacl import validate
from rdflib import Graph

from stadspuls.settings import ROOT

FOLDER = ROOT.parent / "shared" / "conformance"
MANIFEST = FOLDER / "manifest.json"


@dataclass(frozen=True)
class ShapesSet:
    """A shapes set of the manifest, with the vocabularies that it looks up."""

    name: str
    shapes: tuple[str, ...]
    vocabularies: tuple[str, ...]

    def refusals(self, graph: Graph) -> str:
        """What the set finds wrong; empty when the graph conforms."""
        data = Graph() + graph + _read(self.vocabularies)
        conforms, _, text = validate(
            data, shacl_graph=_read(self.shapes), inference="none", do_owl_imports=False, allow_warnings=True
        )
        return "" if conforms else str(text)


def shapes_sets() -> dict[str, ShapesSet]:
    """Every shapes set of the manifest, by its name; none where the folder is absent."""
    if not MANIFEST.exists():
        return {}
    entries = json.loads(MANIFEST.read_text())["shacl"]
    return {each["id"]: ShapesSet(each["id"], tuple(each["shapes"]), tuple(each["vocabularies"])) for each in entries}


def shapes_set(name: str) -> ShapesSet:
    """The shapes set of that name; the test is skipped where the folder is absent."""
    found = shapes_sets()
    if not found:
        pytest.skip(f"{FOLDER} is absent, and the shapes are there")
    return found[name]


def _read(patterns: tuple[str, ...]) -> Graph:
    graph = Graph()
    for pattern in patterns:
        files = sorted(FOLDER.glob(pattern))
        assert files, pattern
        for file in files:
            graph.parse(Path(file), format="turtle")
    return graph
