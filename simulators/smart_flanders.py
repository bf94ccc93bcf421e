"""Reads car parks in the Smart Flanders page shape: TriG, one named graph per moment.

A graph's `prov:generatedAtTime` is the moment, its `datex:parkingNumberOfVacantSpaces` are the counts by site IRI.
"""

from collections import defaultdict
from datetime import datetime, tzinfo
from pathlib import Path

from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, parse

from simulators.recorded import Recorded, Recording, read_text
from stadspuls.clock import to_us
from stadspuls.errors import RecordingError
from stadspuls.registry import Dataset, Registry

GENERATED_AT = "http://www.w3.org/ns/prov#generatedAtTime"
VACANT_SPACES = "http://vocab.datex.org/terms#parkingNumberOfVacantSpaces"
PROPERTY = "vacantSpaces"
_BASE = "https://stadspuls.invalid/recording"
"""Pages name their metadata graph relatively (`<#Metadata>`); the name is not used."""


def read_smart_flanders(path: Path, registry: Registry) -> Recording:
    """Every count of every moment, as messages of the sensor that counts at the site with that IRI.

    Raises:
        RecordingError: naming file and line, or the site that no city file has.
    """
    text = read_text(path)
    moments: dict[str, tuple[int, tzinfo]] = {}
    counts: dict[str, dict[str, int]] = defaultdict(dict)
    for quad in _quads(path, text):
        predicate, subject = quad.predicate.value, quad.subject
        if not isinstance(subject, NamedNode) or predicate not in {GENERATED_AT, VACANT_SPACES}:
            continue
        try:
            if predicate == GENERATED_AT:
                moments[subject.value] = _moment(quad)
            elif isinstance(quad.graph_name, NamedNode):
                counts[quad.graph_name.value][subject.value] = _count(quad)
        except ValueError as error:
            token = quad.object.value if isinstance(quad.object, Literal) else subject.value
            raise RecordingError(f"{path}:{_line_of(text, token)}: {error}") from error
    for graph in counts.keys() - moments.keys():
        raise RecordingError(f"{path}:{_line_of(text, graph)}: graph <{graph}> has no prov:generatedAtTime")
    return _recording(path, registry, moments, counts)


def _recording(
    path: Path, registry: Registry, moments: dict[str, tuple[int, tzinfo]], counts: dict[str, dict[str, int]]
) -> Recording:
    places = {
        iri: _place(path, registry, iri) for iri in sorted({iri for by_site in counts.values() for iri in by_site})
    }
    readings = [
        Recorded(moments[graph][0], places[iri][1], {PROPERTY: count}, moments[graph][1])
        for graph, by_site in counts.items()
        for iri, count in by_site.items()
    ]
    if not readings:
        raise RecordingError(f"{path}: holds no parking count")
    readings.sort(key=lambda reading: (reading.observed_at, reading.topic))
    datasets = {dataset.name: dataset for dataset, _ in places.values()}
    return Recording(path, tuple(readings), tuple(datasets.values()))


def _quads(path: Path, text: str) -> list[Quad]:
    try:
        return list(parse(text, RdfFormat.TRIG, base_iri=_BASE))
    except SyntaxError as error:
        raise RecordingError(f"{path}:{error.lineno or 1}: {error.msg}") from error


def _moment(quad: Quad) -> tuple[int, tzinfo]:
    moment = datetime.fromisoformat(quad.object.value if isinstance(quad.object, Literal) else "")
    if moment.tzinfo is None:
        raise ValueError(f"{moment.isoformat()} has no time zone")
    return to_us(moment), moment.tzinfo


def _count(quad: Quad) -> int:
    if not isinstance(quad.object, Literal):
        raise ValueError(f"{quad.object} is not a count")
    return int(quad.object.value)


def _line_of(text: str, token: str) -> int:
    """The first line that holds `token`; the parser tells lines of syntax errors only."""
    return text.count("\n", 0, max(text.find(token), 0)) + 1


def _place(path: Path, registry: Registry, iri: str) -> tuple[Dataset, str]:
    for dataset in registry.datasets.values():
        site = dataset.site_by_iri(iri)
        for sensor in dataset.sensors_of(site.id) if site else ():
            if PROPERTY in sensor.properties:
                return dataset, f"{dataset.name}/{sensor.id}"
    raise RecordingError(f"{path}: no city file has a site <{iri}> with a sensor of {PROPERTY!r}")
