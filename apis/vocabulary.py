"""The IRIs of vocabularies, other people's and ours, and the prefixes they are written with."""

from pyoxigraph import NamedNode


class Vocabulary(dict[str, NamedNode]):
    """The terms of one vocabulary that are used here, by local name; another name is a KeyError, not a new term."""

    def __init__(self, base: str, *names: str) -> None:
        super().__init__((name, NamedNode(base + name)) for name in names)
        self.base = base


AIR = Vocabulary(
    "https://purl.eu/ns/air-and-water/air#",
    "AirPollutantObservation",
    "AirPollutantObservation.observedProperty",
    "AirPollutantValueObservation",
    "AirPollutantValueObservation.airPollutantValue",
    "PollutantType",
)
CC = Vocabulary("http://creativecommons.org/ns#", "attributionName", "license")
DATEX = Vocabulary("http://vocab.datex.org/terms#")
"""DATEX II in RDF, as the Smart Flanders programme uses it; themes name its terms."""
DCT = Vocabulary(
    "http://purl.org/dc/terms/",
    "Location",
    "description",
    "hasPart",
    "isPartOf",
    "isVersionOf",
    "issued",
    "license",
    "publisher",
    "spatial",
    "title",
)
FOAF = Vocabulary("http://xmlns.com/foaf/0.1/", "Agent", "Document", "homepage", "name", "primaryTopic")
GEO = Vocabulary("http://www.w3.org/2003/01/geo/wgs84_pos#", "lat", "long")
GEOSPARQL = Vocabulary("http://www.opengis.net/ont/geosparql#", "asWKT", "wktLiteral")
GFI = Vocabulary("http://def.isotc211.org/iso19156/2011/GeneralFeatureInstance#", "GFI_Feature")
GFI_HTTPS = Vocabulary("https://def.isotc211.org/iso19156/2011/GeneralFeatureInstance#", "GFI_Feature")
"""The same as OSLO Air & Water spells it."""
GFM = Vocabulary("http://def.isotc211.org/iso19109/2005/GeneralFeatureModel#", "GF_PropertyType")
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
LDES = Vocabulary(
    "https://w3id.org/ldes#",
    "EventStream",
    "RetentionPolicy",
    "fullLogDuration",
    "immutable",
    "pollingInterval",
    "retentionPolicy",
    "timestampPath",
    "versionOfPath",
    "versionTimestampPath",
)
LOCN = Vocabulary("http://www.w3.org/ns/locn#", "Geometry", "geometry")
OM = Vocabulary(
    "http://def.isotc211.org/iso19156/2011/Observation#",
    "OM_Observation",
    "OM_Observation.featureOfInterest",
    "OM_Observation.observedProperty",
    "OM_Observation.phenomenonTime",
    "OM_Observation.result",
    "OM_Observation.resultTime",
)
OWL = Vocabulary("http://www.w3.org/2002/07/owl#", "sameAs")
PROV = Vocabulary("http://www.w3.org/ns/prov#", "Bundle", "generatedAtTime")
QUDT = Vocabulary("http://qudt.org/schema/qudt/", "QuantityValue", "hasQuantityKind", "hasUnit", "numericValue")
RDF = Vocabulary("http://www.w3.org/1999/02/22-rdf-syntax-ns#", "Property", "first", "nil", "rest", "type")
RDFS = Vocabulary("http://www.w3.org/2000/01/rdf-schema#", "Class", "comment", "label")
SCHEMA = Vocabulary("https://schema.org/", "QuantitativeValue", "unitText", "value")
SH = Vocabulary(
    "http://www.w3.org/ns/shacl#",
    "BlankNodeOrIRI",
    "IRI",
    "Literal",
    "NodeShape",
    "datatype",
    "hasValue",
    "maxCount",
    "maxInclusive",
    "minCount",
    "minInclusive",
    "nodeKind",
    "or",
    "path",
    "property",
    "targetObjectsOf",
)
SKOS = Vocabulary("http://www.w3.org/2004/02/skos/core#", "Concept")
SOSA = Vocabulary(
    "http://www.w3.org/ns/sosa/",
    "FeatureOfInterest",
    "ObservableProperty",
    "Observation",
    "ObservingProcedure",
    "Procedure",
    "Property",
    "Sensor",
    "hasFeatureOfInterest",
    "hasMember",
    "hasResult",
    "hasSimpleResult",
    "hasUltimateFeatureOfInterest",
    "isFeatureOfInterestOf",
    "isHostedBy",
    "madeBySensor",
    "observedProperty",
    "observes",
    "phenomenonTime",
    "resultTime",
    "usedProcedure",
)
SOSA_OM = Vocabulary("http://www.w3.org/ns/sosa/om#", "ObservationProcedure")
SSN = Vocabulary("http://www.w3.org/ns/ssn/", "implements")
TIME = Vocabulary(
    "http://www.w3.org/2006/time#", "Instant", "ProperInterval", "hasBeginning", "hasEnd", "inXSDDateTimeStamp"
)
TM = Vocabulary("http://def.isotc211.org/iso19108/2006/TemporalObjects#", "TM_Instant", "TM_Object", "TM_Period")
TREE = Vocabulary(
    "https://w3id.org/tree#",
    "GreaterThanOrEqualToRelation",
    "LessThanRelation",
    "Node",
    "member",
    "node",
    "path",
    "relation",
    "shape",
    "value",
    "view",
)
UOM = Vocabulary("http://def.isotc211.org/iso19103/2005/UnitsOfMeasure#", "Measure", "Measure.value")
VOID = Vocabulary("http://rdfs.org/ns/void#", "Dataset", "subset")
XSD = Vocabulary(
    "http://www.w3.org/2001/XMLSchema#",
    "boolean",
    "dateTime",
    "dateTimeStamp",
    "decimal",
    "duration",
    "integer",
    "string",
)

PREFIXES: dict[str, str] = {
    "air": AIR.base,
    "cc": CC.base,
    "datex": DATEX.base,
    "dct": DCT.base,
    "foaf": FOAF.base,
    "geo": GEO.base,
    "geosparql": GEOSPARQL.base,
    "hydra": HYDRA.base,
    "ldes": LDES.base,
    "locn": LOCN.base,
    "om": OM.base,
    "owl": OWL.base,
    "prov": PROV.base,
    "qudt": QUDT.base,
    "rdf": RDF.base,
    "rdfs": RDFS.base,
    "schema": SCHEMA.base,
    "sh": SH.base,
    "skos": SKOS.base,
    "sosa": SOSA.base,
    "ssn": SSN.base,
    "time": TIME.base,
    "tree": TREE.base,
    "unit": "http://qudt.org/vocab/unit/",
    "uom": UOM.base,
    "void": VOID.base,
    "xsd": XSD.base,
}
"""By prefix; the same in every form that knows prefixes, so that clients may be lazy about them."""
