"""What an observation speaks of in time: an instant, or the period that ends with it; each described once a graph."""

from pyoxigraph import DefaultGraph, NamedNode, Quad

from apis.durations import iso_duration
from apis.identifiers import Identifiers
from apis.pages import oslo
from apis.rdf.literals import stamp
from apis.vocabulary import RDF, TIME
from stadspuls.model import Observation
from stadspuls.registry import Dataset

Graph = NamedNode | DefaultGraph


class TimeQuads:
    """Times of one document; `with_oslo` gives them the classes that OSLO asks for too."""

    def __init__(self, dataset: Dataset, ids: Identifiers, with_oslo: bool) -> None:
        self._dataset = dataset
        self._ids = ids
        self._instant_kinds = (TIME["Instant"], *(oslo.INSTANT if with_oslo else ()))
        self._period_kinds = (TIME["ProperInterval"], *(oslo.PERIOD if with_oslo else ()))
        self._known: set[tuple[NamedNode, Graph]] = set()

    def phenomenon_time(self, o: Observation, graph: Graph) -> tuple[NamedNode, list[Quad]]:
        """The time's node, and what is not said of it in this graph yet."""
        moment, period = self._ids.moment(o.observed_at), self._period(o)
        end = NamedNode(f"{moment}#instant")
        described = self._instant(end, o.observed_at, graph)
        if period is None:
            return end, described
        # Not an address of its own: nothing may have been observed by its begin.
        node, begin = (
            NamedNode(f"{moment}#{iso_duration(period)}"),
            NamedNode(f"{moment}#before-{iso_duration(period)}"),
        )
        if self._is_new(node, graph):
            described += self._instant(begin, o.observed_at - period, graph)
            described += [Quad(node, RDF["type"], kind, graph) for kind in self._period_kinds]
            described += [Quad(node, TIME["hasBeginning"], begin, graph), Quad(node, TIME["hasEnd"], end, graph)]
        return node, described

    def _period(self, o: Observation) -> int | None:
        sensor = self._dataset.sensors.get(o.datastream.sensor)
        observed = self._dataset.theme.properties.get(o.datastream.observed_property)
        return sensor.period if sensor and observed and observed.sampling == "periodic" else None

    def _instant(self, node: NamedNode, us: int, graph: Graph) -> list[Quad]:
        if not self._is_new(node, graph):
            return []
        kinds = [Quad(node, RDF["type"], kind, graph) for kind in self._instant_kinds]
        return [*kinds, Quad(node, TIME["inXSDDateTimeStamp"], stamp(us), graph)]

    def _is_new(self, node: NamedNode, graph: Graph) -> bool:
        key = (node, graph)
        if key in self._known:
            return False
        self._known.add(key)
        return True
