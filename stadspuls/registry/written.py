"""City and theme files as people write them; every field and what may stand in it."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from stadspuls.registry.fields import (
    Duration,
    Email,
    Identifier,
    Iri,
    IriBase,
    Point,
    PropertyName,
    Slug,
    Text,
    Unit,
    Words,
    Written,
    Zone,
)
from stadspuls.registry.objects import Function, Profile, Sampling, ValueType, Visibility
from stadspuls.registry.sources import WrittenSource

NonNegative = Annotated[int, Field(ge=0)]


class Possible(Written):
    """A range, both ends included."""

    min: Annotated[float, Field(allow_inf_nan=False)]
    max: Annotated[float, Field(allow_inf_nan=False)]


class Plausible(Written):
    """A range, both ends included; `capacity` stands for the capacity of the site."""

    min: Annotated[float, Field(allow_inf_nan=False)]
    max: Annotated[float, Field(allow_inf_nan=False)] | Literal["capacity"]


class WrittenProperty(Written):
    """A property of a theme."""

    names: Text
    descriptions: Text | None = None
    unit: Unit = Field(description="Unit in UCUM; '1' for counts, booleans and texts.")
    type: ValueType = "number"
    possible: Possible | None = Field(None, description="Outside it a value is rejected.")
    plausible: Plausible | None = Field(None, description="Outside it a value is published as suspect.")
    sampling: Sampling = Field("periodic", description="Whether values come at even times or when something changes.")
    max_age: Duration = Field(description="How long a value counts as known.")
    decimals: Annotated[int, Field(ge=0, le=9)] | None = Field(
        None, description="Digits behind the point worth showing."
    )
    iri: Iri | None = Field(None, description="The observed property in RDF.")
    class_iri: Iri | None = Field(None, description="Its class in RDF.")
    predicate: Iri | None = Field(None, description="RDF property by which a site itself has the value.")
    quantity_kind: Iri | None = Field(None, description="QUDT quantity kind.")
    unit_iri: Iri | None = Field(None, description="QUDT unit.")


class WrittenDerivation(Written):
    """A property of a site that follows from its sensors."""

    property: PropertyName = Field(description="What is derived: a number.")
    source: PropertyName = Field(description="What it is derived from: a boolean.")
    function: Function


class WrittenKind(Written):
    """A kind of site."""

    names: Text
    iri: Iri | None = Field(None, description="Its class in RDF.")


class WrittenConcept(Written):
    """A concept of a vocabulary that catalogues share."""

    iri: Iri
    names: Text


class WrittenCataloguing(Written):
    """What catalogues say of every dataset of a theme."""

    data_theme: WrittenConcept | None = Field(None, description="EU data theme.")
    keywords: list[Text] = Field(default=[])
    hvd_categories: list[WrittenConcept] = Field(
        default=[], description="Categories of high-value datasets, for datasets that are measured."
    )
    mobility_themes: list[WrittenConcept] = Field(default=[], description="Themes of mobilityDCAT-AP.")


class ThemeFile(Written):
    """A theme: `themes/<slug>.yaml`."""

    slug: Slug = Field(description="The file's name without .yaml.")
    names: Text
    descriptions: Text | None = None
    capacity_iri: Iri | None = Field(None, description="RDF property for a site's capacity.")
    profile: Profile | None = Field(None, description="Application profile whose terms observations carry too.")
    kinds: dict[Slug, WrittenKind] = Field(default={}, description="Kinds of site; none given: any kind.")
    properties: dict[PropertyName, WrittenProperty] = Field(min_length=1)
    derived: list[WrittenDerivation] = Field(default=[])
    catalogue: WrittenCataloguing = Field(
        default=WrittenCataloguing(), description="What catalogues say of its datasets."
    )


class WrittenPublisher(Written):
    """Who publishes a city's data."""

    names: Text
    iri: Iri | None = None
    homepage: Iri | None = None


class WrittenContact(Written):
    """Whom to ask about a city's data."""

    name: Words
    email: Email | None = None
    page: Iri | None = Field(None, description="Where to ask on the web; none given: the publisher's homepage.")


class WrittenSite(Written):
    """A car park, a street, a station."""

    id: Identifier
    iri: Iri | None = Field(None, description="Its identifier, where it already has one.")
    names: Text
    kind: Slug
    point: Point
    zone: Words | None = None
    capacity: NonNegative | None = None
    valid_from: date | None = None


class WrittenSensor(Written):
    """What observes one or more properties at a site."""

    id: Identifier = Field(description="As in the topic.")
    site: Identifier
    properties: list[PropertyName] = Field(min_length=1)
    period: Duration | None = Field(None, description="The time one value stands for; it is observed at its end.")
    max_age: Duration | None = Field(None, description="How long its values count as known.")
    time_zone: Zone | None = Field(None, description="The zone of its times that have none.")


class WrittenDataset(Written):
    """A theme of a city."""

    titles: Text
    descriptions: Text | None = None
    licence: Iri
    attribution: Text | None = Field(None, description="How the source wants to be named.")
    origin: Literal["measured", "replayed", "simulated"]
    visibility: Visibility = "public"
    issued: date | None = Field(None, description="Since when it is published, anywhere.")
    retention: Duration | None = Field(None, description="How long observations are kept; none given: for ever.")
    ignore: list[Words] = Field(default=[], description="Fields of its messages that are not decoded.")
    time_zone: Zone | None = Field(None, description="The zone of its sensors' times that have none.")
    sites: list[WrittenSite] = Field(default=[])
    sensors: list[WrittenSensor] = Field(default=[])


class CityFile(Written):
    """A city or another publisher: `cities/<slug>.yaml`."""

    slug: Slug = Field(description="The file's name without .yaml.")
    names: Text
    publisher: WrittenPublisher
    contact: WrittenContact
    time_zone: Zone = Field(description="The legal time, in which days and hours are cut.")
    id_base: IriBase | None = Field(None, description="Base of its identifiers; none given: the public address.")
    centre: Point
    areas: list[Iri] = Field(default=[], description="Identifiers of the areas it covers, such as NUTS regions.")
    sources: list[WrittenSource] = Field(default=[])
    datasets: dict[Slug, WrittenDataset]
