"""An example of a catalogue in each form, for the documentation of the interfaces: its beginning."""

from pyoxigraph import Literal

from apis.catalogue.forms import RDF_FORMS, write_rdf
from apis.catalogue.graph import Graph
from apis.catalogue.terms import DCAT, DCT
from apis.negotiation import Format
from apis.schema import EXAMPLE_BASE


def _example() -> Graph:
    graph = Graph()
    catalogue = graph.node(f"{EXAMPLE_BASE}/gent/catalog", DCAT["Catalog"])
    graph.say(catalogue, DCT["title"], Literal("Gent: open data in reële tijd", language="nl"))
    dataset = graph.node(f"{EXAMPLE_BASE}/gent/parking", DCAT["Dataset"])
    graph.say(dataset, DCT["title"], Literal("Parkeergarages in Gent", language="nl"))
    distribution = graph.node(f"{EXAMPLE_BASE}/gent/parking#latest-csv", DCAT["Distribution"])
    address = graph.node(f"{EXAMPLE_BASE}/gent/parking/latest?format=csv")
    graph.say(distribution, DCAT["accessURL"], address)
    graph.say(catalogue, DCAT["dataset"], dataset)
    graph.say(dataset, DCAT["distribution"], distribution)
    return graph


EXAMPLES: dict[Format, str] = {form: write_rdf(form, _example().triples()).decode() for form in RDF_FORMS} | {
    Format.HTML: "<!DOCTYPE html> ..."
}
