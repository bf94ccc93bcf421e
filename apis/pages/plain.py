"""Which observations a page says plainly, as a property of their site, the Smart Flanders way.

That is where the theme has an RDF property for it, one series alone gives it, nothing is to be said of its quality,
and the series is as the registry has it. Everything else is an observation of its own, with all that belongs to it.
"""

from collections.abc import Iterator

from pyoxigraph import NamedNode

from stadspuls.model import Datastream, Observation, Quality
from stadspuls.registry import Dataset


def series(dataset: Dataset) -> Iterator[Datastream]:
    """Every datastream that the registry knows, the derived ones too."""
    yield from dataset.datastreams()
    for site in dataset.sites:
        observed = {name for sensor in dataset.sensors_of(site) for name in sensor.properties}
        for rule in dataset.theme.derived:
            if rule.source in observed:
                yield dataset.derived_datastream(site, rule.property)


class PlainSeries:
    """The series of a dataset that may be said plainly."""

    def __init__(self, dataset: Dataset) -> None:
        self._predicates = {
            name: NamedNode(found.predicate) for name, found in dataset.theme.properties.items() if found.predicate
        }
        self._alone: dict[tuple[str, str], Datastream | None] = {}
        for stream in series(dataset):
            key = (stream.site, stream.observed_property)
            self._alone[key] = None if key in self._alone else stream

    def predicate(self, observation: Observation) -> NamedNode | None:
        """The RDF property that says the observation; None when it must be an observation of its own."""
        stream = observation.datastream
        if observation.quality is not Quality.GOOD:
            return None
        if self._alone.get((stream.site, stream.observed_property)) != stream:
            return None
        return self._predicates.get(stream.observed_property)
