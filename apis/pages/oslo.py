"""OSLO Air & Water (Core and Air, candidate standard 2021-10-01): its terms, on the nodes that have SOSA's.

`OM_Observation.resultTime` is an `xsd:dateTime`, as these profiles want it; OSLO Observaties en Metingen (2022) wants
a node there, so that no node can be both.
"""

from collections.abc import Iterator

from pyoxigraph import NamedNode

from apis.vocabulary import AIR, GFI, GFI_HTTPS, GFM, OM, RDF, SOSA, SOSA_OM, TM, UOM
from stadspuls.registry import Property, Theme

Said = tuple[NamedNode, NamedNode]
"""A property and its value."""

FEATURE = (GFI["GFI_Feature"], GFI_HTTPS["GFI_Feature"])
"""Classes of a feature of interest."""
PROPERTY = (GFM["GF_PropertyType"],)
PROCEDURE = (SOSA_OM["ObservationProcedure"],)
INSTANT = (TM["TM_Object"], TM["TM_Instant"])
PERIOD = (TM["TM_Object"], TM["TM_Period"])
MEASURE = (UOM["Measure"],)

PHENOMENON_TIME = OM["OM_Observation.phenomenonTime"]
RESULT_TIME = OM["OM_Observation.resultTime"]


def follows(theme: Theme) -> bool:
    """Whether observations of the theme carry these terms."""
    return theme.profile == "oslo-air-and-water"


def is_pollutant(observed: Property) -> bool:
    """Whether the property is a pollutant, of which the Air profile says more."""
    return observed.class_iri == AIR["PollutantType"].value


def of_series(site: NamedNode, observed_property: NamedNode, pollutant: bool) -> Iterator[Said]:
    """What every observation of a series says."""
    yield RDF["type"], OM["OM_Observation"]
    yield OM["OM_Observation.observedProperty"], observed_property
    yield OM["OM_Observation.featureOfInterest"], site
    yield SOSA["hasUltimateFeatureOfInterest"], site
    if pollutant:
        yield RDF["type"], AIR["AirPollutantObservation"]
        yield RDF["type"], AIR["AirPollutantValueObservation"]
        yield AIR["AirPollutantObservation.observedProperty"], observed_property


def result_properties(pollutant: bool) -> Iterator[NamedNode]:
    """The properties that lead to the result."""
    yield OM["OM_Observation.result"]
    if pollutant:
        yield AIR["AirPollutantValueObservation.airPollutantValue"]
