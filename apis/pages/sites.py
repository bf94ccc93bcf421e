"""What a dataset's document says of a site."""

from collections.abc import Iterator

from pyoxigraph import Literal, NamedNode

from apis.identifiers import Identifiers
from apis.rdf.literals import decimal, texts
from apis.vocabulary import DCT, GEO, GEOSPARQL, LOCN, OWL, RDF, RDFS
from stadspuls.registry import Dataset, Site


def site_triples(
    dataset: Dataset, site: Site, ids: Identifiers
) -> Iterator[tuple[NamedNode, NamedNode, NamedNode | Literal]]:
    """Triples about a site: names, kind, capacity, where it is."""
    node, own = NamedNode(ids.site(site.id)), NamedNode(ids.own_site(site.id))
    kind = dataset.theme.kinds.get(site.kind)
    if kind is not None and kind.iri:
        yield node, RDF["type"], NamedNode(kind.iri)
    if node != own:
        yield node, OWL["sameAs"], own
    yield from ((node, RDFS["label"], label) for label in texts(site.names))
    if kind is not None:
        yield from ((node, DCT["description"], text) for text in texts(kind.names))
    if site.capacity is not None and dataset.theme.capacity_iri:
        yield node, NamedNode(dataset.theme.capacity_iri), Literal(str(site.capacity))
    yield node, GEO["lat"], decimal(site.latitude)
    yield node, GEO["long"], decimal(site.longitude)
    geometry = NamedNode(f"{own.value}#geometry")
    yield node, LOCN["geometry"], geometry
    yield geometry, RDF["type"], LOCN["Geometry"]
    # GeoSPARQL's order without a reference system: longitude, latitude (CRS84).
    point = f"POINT({decimal(site.longitude).value} {decimal(site.latitude).value})"
    yield geometry, GEOSPARQL["asWKT"], Literal(point, datatype=GEOSPARQL["wktLiteral"])
