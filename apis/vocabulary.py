"""The IRIs of vocabularies, other people's and ours, and the prefixes they are written with."""

from pyoxigraph import NamedNode


class Vocabulary(dict[str, NamedNode]):
    """The terms of one vocabulary that are used here, by local name; another name is a KeyError, not a new term."""

    def __init__(self, base: str, *names: str) -> None:
        super().__init__((name, NamedNode(base + name)) for name in names)
        self.base = base


CC = Vocabulary("http://creativecommons.org/ns#", "attributionName", "license")
DATEX = Vocabulary("http://vocab.datex.org/terms#")
"""DATEX II in RDF, as the Smart Flanders programme uses it; themes name its terms."""
DCT = Vocabulary(
    "http://purl.org/dc/terms/", "description", "isPartOf", "issued", "license", "publisher", "spatial", "title"
)
FOAF = Vocabulary("http://xmlns.com/foaf/0.1/", "Agent", "homepage", "name")
GEO = Vocabulary("http://www.w3.org/2003/01/geo/wgs84_pos#", "lat", "long")
HYDRA = Vocabulary(
    "http://www.w3.org/ns/hydra/core#",
    "IriTemplate",
    "IriTemplateMapping",
    "PartialCollectionView",
    "mapping",
    "next",
    "previous",
    "property",
    "required",
    "search",
    "template",
    "variable",
)
PROV = Vocabulary("http://www.w3.org/ns/prov#", "Bundle", "generatedAtTime")
QUDT = Vocabulary("http://qudt.org/schema/qudt/", "hasQuantityKind", "hasUnit")
RDF = Vocabulary("http://www.w3.org/1999/02/22-rdf-syntax-ns#", "Property", "type")
RDFS = Vocabulary("http://www.w3.org/2000/01/rdf-schema#", "comment", "label")
SCHEMA = Vocabulary("https://schema.org/", "unitText")
SKOS = Vocabulary("http://www.w3.org/2004/02/skos/core#", "Concept")
SOSA = Vocabulary(
    "http://www.w3.org/ns/sosa/",
    "FeatureOfInterest",
    "ObservableProperty",
    "Observation",
    "Procedure",
    "Sensor",
    "hasFeatureOfInterest",
    "hasMember",
    "hasSimpleResult",
    "isHostedBy",
    "madeBySensor",
    "observedProperty",
    "observes",
    "phenomenonTime",
    "resultTime",
)
SSN = Vocabulary("http://www.w3.org/ns/ssn/", "implements")
TIME = Vocabulary(
    "http://www.w3.org/2006/time#", "Instant", "ProperInterval", "hasBeginning", "hasEnd", "inXSDDateTimeStamp"
)
VOID = Vocabulary("http://rdfs.org/ns/void#", "Dataset", "subset")
XSD = Vocabulary(
    "http://www.w3.org/2001/XMLSchema#", "boolean", "dateTime", "dateTimeStamp", "decimal", "integer", "string"
)

PREFIXES: dict[str, str] = {
    "cc": CC.base,
    "datex": DATEX.base,
    "dct": DCT.base,
    "foaf": FOAF.base,
    "geo": GEO.base,
    "hydra": HYDRA.base,
    "prov": PROV.base,
    "qudt": QUDT.base,
    "rdf": RDF.base,
    "rdfs": RDFS.base,
    "schema": SCHEMA.base,
    "skos": SKOS.base,
    "sosa": SOSA.base,
    "ssn": SSN.base,
    "time": TIME.base,
    "unit": "http://qudt.org/vocab/unit/",
    "void": VOID.base,
    "xsd": XSD.base,
}
"""By prefix; the same in every form that knows prefixes, so that clients may be lazy about them."""
