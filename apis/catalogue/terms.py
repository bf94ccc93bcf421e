"""The vocabularies of catalogues, and the prefixes they are written with."""

from apis.vocabulary import PREFIXES, Vocabulary

DCAT = Vocabulary(
    "http://www.w3.org/ns/dcat#",
    "Catalog",
    "CatalogRecord",
    "DataService",
    "Dataset",
    "Distribution",
    "Resource",
    "accessService",
    "accessURL",
    "bbox",
    "byteSize",
    "centroid",
    "compressFormat",
    "contactPoint",
    "dataset",
    "distribution",
    "downloadURL",
    "endpointDescription",
    "endpointURL",
    "keyword",
    "landingPage",
    "mediaType",
    "record",
    "servesDataset",
    "service",
    "startDate",
    "theme",
    "themeTaxonomy",
)
DCATAP = Vocabulary("http://data.europa.eu/r5r/", "applicableLegislation", "hvdCategory")
DCT = Vocabulary(
    "http://purl.org/dc/terms/",
    "Agent",
    "Frequency",
    "LicenseDocument",
    "LinguisticSystem",
    "Location",
    "MediaType",
    "MediaTypeOrExtent",
    "PeriodOfTime",
    "ProvenanceStatement",
    "RightsStatement",
    "Standard",
    "accessRights",
    "accrualPeriodicity",
    "conformsTo",
    "created",
    "description",
    "format",
    "identifier",
    "issued",
    "language",
    "license",
    "modified",
    "provenance",
    "publisher",
    "rights",
    "spatial",
    "temporal",
    "title",
    "type",
)
ELI = Vocabulary("http://data.europa.eu/eli/ontology#", "LegalResource")
FOAF = Vocabulary("http://xmlns.com/foaf/0.1/", "Agent", "Document", "homepage", "name", "page", "primaryTopic")
GEOSPARQL = Vocabulary("http://www.opengis.net/ont/geosparql#", "wktLiteral")
MOBILITY = Vocabulary(
    "https://w3id.org/mobilitydcat-ap#", "MobilityDataStandard", "mobilityDataStandard", "mobilityTheme"
)
RDFS = Vocabulary("http://www.w3.org/2000/01/rdf-schema#", "Resource", "label")
SKOS = Vocabulary("http://www.w3.org/2004/02/skos/core#", "Concept", "ConceptScheme", "inScheme", "prefLabel")
VCARD = Vocabulary("http://www.w3.org/2006/vcard/ns#", "Kind", "fn", "hasEmail", "hasURL")
XSD = Vocabulary("http://www.w3.org/2001/XMLSchema#", "date", "nonNegativeInteger")

CATALOGUE_PREFIXES: dict[str, str] = {
    "dcat": DCAT.base,
    "dcatap": DCATAP.base,
    "dct": DCT.base,
    "eli": ELI.base,
    "foaf": FOAF.base,
    "geosparql": GEOSPARQL.base,
    "mobilitydcatap": MOBILITY.base,
    "rdf": PREFIXES["rdf"],
    "rdfs": RDFS.base,
    "skos": SKOS.base,
    "vcard": VCARD.base,
    "xsd": XSD.base,
}
"""By prefix; only what catalogues need."""
