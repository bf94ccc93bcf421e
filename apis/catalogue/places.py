"""Where a dataset is about: the areas that its city names, and where its sites are."""

from pyoxigraph import Literal, NamedNode

from apis.catalogue.concepts import BELGIUM, COUNTRY, add_concept
from apis.catalogue.graph import Graph
from apis.catalogue.terms import DCAT, DCT, GEOSPARQL, RDFS
from stadspuls.registry import City, Dataset


def add_places(graph: Graph, dataset: Dataset, iri: str) -> list[NamedNode]:
    """The areas of the city, and the box around the dataset's sites (WKT, longitude before latitude)."""
    city = dataset.city
    place = graph.node(f"{iri}#area", DCT["Location"])
    graph.tell(place, RDFS["label"], city.names)
    graph.say(place, DCAT["centroid"], _wkt(f"POINT({city.longitude} {city.latitude})"))
    latitudes = [site.latitude for site in dataset.sites.values()]
    longitudes = [site.longitude for site in dataset.sites.values()]
    if len(set(latitudes)) > 1 and len(set(longitudes)) > 1:
        box = _box(min(longitudes), min(latitudes), max(longitudes), max(latitudes))
        graph.say(place, DCAT["bbox"], _wkt(box))
    return [*add_areas(graph, city), place]


def add_areas(graph: Graph, city: City | None = None) -> list[NamedNode]:
    """The areas that a city names; Belgium where it names none, and for all cities together."""
    named = [graph.node(area, DCT["Location"]) for area in (city.areas if city else ())]
    return named or [add_concept(graph, BELGIUM, COUNTRY)]


def _box(west: float, south: float, east: float, north: float) -> str:
    corners = ((west, south), (east, south), (east, north), (west, north), (west, south))
    return f"POLYGON(({', '.join(f'{x} {y}' for x, y in corners)}))"


def _wkt(text: str) -> Literal:
    return Literal(text, datatype=GEOSPARQL["wktLiteral"])
