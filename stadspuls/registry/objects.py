"""What the code knows of cities, themes and datasets: immutable objects, made once when the registry is loaded.

Durations are microseconds, positions WGS84 degrees. Objects are compared by identity: there is one of each.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Literal
from zoneinfo import ZoneInfo

from stadspuls.codecs import Codec
from stadspuls.model import Datastream, Origin, Procedure
from stadspuls.registry.cataloguing import Cataloguing
from stadspuls.registry.language import LangMap
from stadspuls.registry.polls import Poll

ValueType = Literal["number", "boolean", "text"]
Sampling = Literal["periodic", "on-change"]
Visibility = Literal["public", "aggregates", "private"]
Function = Literal["count-false", "count-true"]
Profile = Literal["oslo-air-and-water"]

DERIVED_SUFFIX = "-derived"
"""Ends the id of a site's virtual sensor; no real sensor of the site may be called so."""


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class Property:
    """What is observed: a property of a theme, with its unit (UCUM) and the values it can have."""

    name: str
    names: LangMap
    descriptions: LangMap
    unit: str
    type: ValueType
    possible: tuple[float, float] | None = None
    """Outside it a value is rejected; both ends included."""
    plausible: tuple[float, float] | None = None
    """Outside it a value is suspect; both ends included."""
    plausible_max_capacity: bool = False
    """Whether the site's capacity, where it is known, is the plausible maximum."""
    sampling: Sampling = "periodic"
    max_age: int
    """How long a value counts as known."""
    decimals: int | None = None
    """Digits behind the point worth showing."""
    iri: str | None = None
    """The observed property in RDF."""
    class_iri: str | None = None
    """Its class in RDF, besides that of every observed property."""
    predicate: str | None = None
    """RDF property by which a site itself has the value."""
    quantity_kind: str | None = None
    """QUDT quantity kind."""
    unit_iri: str | None = None
    """QUDT unit."""


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class Derivation:
    """How a site's property follows from its sensors: `property` counts the `source` values that are false (true)."""

    property: str
    source: str
    function: Function


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class Kind:
    """A kind of site that a theme knows (`car-park`), and its class in RDF."""

    names: LangMap
    iri: str | None = None


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class Theme:
    """A subject that cities publish: its properties, and what is derived from what."""

    slug: str
    names: LangMap
    descriptions: LangMap
    properties: Mapping[str, Property]
    derived: tuple[Derivation, ...] = ()
    kinds: Mapping[str, Kind] = field(default_factory=lambda: MappingProxyType({}))
    capacity_iri: str | None = None
    """RDF property for a site's capacity."""
    catalogue: Cataloguing = field(default_factory=Cataloguing)
    profile: Profile | None = None
    """Application profile whose terms observations carry besides SOSA."""


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class Site:
    """A feature of interest: a car park, a street, a station."""

    id: str
    iri: str | None = None
    """Its identifier where it was given one before; otherwise see `Dataset.site_iri`."""
    names: LangMap
    kind: str
    latitude: float
    longitude: float
    capacity: int | None = None
    valid_from: date | None = None
    zone: str | None = None


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class Sensor:
    """What observes one or more properties at a site."""

    id: str
    site: str
    properties: tuple[str, ...]
    period: int | None = None
    """The time one value stands for; `observed_at` is its end."""
    max_age: int | None = None
    """How long its values count as known; None: as long as the property says."""
    time_zone: ZoneInfo | None = None
    """The zone of its times that have none."""


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class Publisher:
    """Who publishes a city's data."""

    names: LangMap
    iri: str | None = None
    homepage: str | None = None


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class Contact:
    """Whom to ask about a city's data."""

    name: str
    email: str | None = None
    page: str | None = None
    """Where to ask on the web."""


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class Source:
    """Messages outside the city's own topic scheme: which topics, for which dataset, in which form."""

    id: str
    filter: str
    """MQTT filter; its first level is the city."""
    theme: str
    codec: str
    read: Codec
    """The codec with the options that the city gives it."""
    time_zone: ZoneInfo | None = None
    ignore: frozenset[str] = frozenset()
    sensor_level: int | None = None
    """Which topic level holds the sensor's id; the city is level 1. None: the codec must tell."""
    devices: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Sensors by the name that topic or payload has for them."""
    properties: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Properties by the name that the payload has for them."""
    units: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Units (UCUM) of what the payload gives, by its name there; they go before what the payload says of itself."""
    poll: Poll | None = None
    """The API that is asked for its messages."""


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class City:
    """A tenant: who publishes, in which legal time, and its datasets by theme."""

    slug: str
    names: LangMap
    publisher: Publisher
    contact: Contact
    time_zone: ZoneInfo
    id_base: str | None = None
    """Base of its identifiers, without a slash at the end; None: the public URL."""
    latitude: float
    longitude: float
    areas: tuple[str, ...] = ()
    """Identifiers of the areas it covers, such as NUTS regions."""
    sources: tuple[Source, ...] = ()
    datasets: Mapping[str, "Dataset"] = field(repr=False)


@dataclass(frozen=True, eq=False, kw_only=True)
class Dataset:
    """A theme of a city: the unit of publication, licence and order."""

    city: City = field(repr=False)
    theme: Theme = field(repr=False)
    titles: LangMap
    descriptions: LangMap = field(default_factory=dict)
    licence: str
    attribution: LangMap | None = None
    origin: Origin
    visibility: Visibility = "public"
    issued: date | None = None
    """Since when it is published, anywhere."""
    retention: int | None = None
    ignore: frozenset[str] = frozenset()
    """Fields of its messages that are not decoded."""
    time_zone: ZoneInfo | None = None
    """The zone of its sensors' times that have none."""
    sites: Mapping[str, Site] = field(repr=False)
    sensors: Mapping[str, Sensor] = field(repr=False)
    name: str = field(init=False)
    """City and theme: `gent/parking`."""
    _sensed: dict[tuple[str, str], Datastream] = field(init=False, repr=False)
    _derived: dict[tuple[str, str], Datastream] = field(init=False, repr=False)
    _sensors_of: dict[str, tuple[Sensor, ...]] = field(init=False, repr=False)
    _site_by_iri: dict[str, Site] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        # The way dataclasses themselves fill a frozen object.
        fill = object.__setattr__
        fill(self, "name", f"{self.city.slug}/{self.theme.slug}")
        fill(
            self,
            "_sensed",
            {(s.id, name): self._sense(s, name) for s in self.sensors.values() for name in s.properties},
        )
        fill(
            self,
            "_derived",
            {(site, d.property): self._derive(site, d.property) for site in self.sites for d in self.theme.derived},
        )
        of = {site: tuple(s for s in self.sensors.values() if s.site == site) for site in self.sites}
        fill(self, "_sensors_of", of)
        fill(self, "_site_by_iri", {site.iri: site for site in self.sites.values() if site.iri})

    def datastream(self, sensor_id: str, property_name: str) -> Datastream | None:
        """The one datastream of a sensor and a property; None when the sensor is unknown or does not declare it."""
        return self._sensed.get((sensor_id, property_name))

    def declares(self, sensor_id: str, property_name: str) -> bool:
        """Whether a sensor, or a site's virtual one, has a datastream of the property."""
        if (sensor_id, property_name) in self._sensed:
            return True
        site_id = sensor_id.removesuffix(DERIVED_SUFFIX)
        return site_id != sensor_id and (site_id, property_name) in self._derived

    def derived_sensor_id(self, site_id: str) -> str:
        """The id of a site's virtual sensor."""
        return site_id + DERIVED_SUFFIX

    def derived_datastream(self, site_id: str, property_name: str) -> Datastream:
        """The one datastream of a site's virtual sensor.

        Raises:
            KeyError: when the site is unknown or its theme does not derive the property.
        """
        return self._derived[site_id, property_name]

    def sensors_of(self, site_id: str) -> tuple[Sensor, ...]:
        """A site's sensors, as the city lists them; none for an unknown site."""
        return self._sensors_of.get(site_id, ())

    def site_iri(self, site_id: str, base_url: str) -> str:
        """A site's identifier: its own, or one below the city's `id_base` or else below `base_url`.

        Raises:
            KeyError: when the dataset has no such site.
        """
        return self.sites[site_id].iri or f"{self.city.id_base or base_url}{self._iri_path}{site_id}"

    def site_by_iri(self, iri: str, base_url: str | None = None) -> Site | None:
        """The site with that identifier; without `base_url` any base counts where the city has none of its own."""
        if site := self._site_by_iri.get(iri):
            return site
        base, path, site_id = iri.rpartition(self._iri_path)
        expected = self.city.id_base or base_url or base
        return self.sites.get(site_id) if path and base == expected else None

    def datastreams(self) -> tuple[Datastream, ...]:
        """Every datastream that sensors declare, as the city lists them; derived ones are not among them."""
        return tuple(self._sensed.values())

    @property
    def _iri_path(self) -> str:
        return f"/{self.city.slug}/id/site/{self.theme.slug}/"

    def _sense(self, sensor: Sensor, property_name: str) -> Datastream:
        return self._stream(sensor.site, sensor.id, property_name, Procedure.SENSED)

    def _derive(self, site_id: str, property_name: str) -> Datastream:
        return self._stream(site_id, self.derived_sensor_id(site_id), property_name, Procedure.DERIVED)

    def _stream(self, site_id: str, sensor_id: str, property_name: str, procedure: Procedure) -> Datastream:
        unit = self.theme.properties[property_name].unit
        return Datastream(
            self.city.slug, self.theme.slug, site_id, sensor_id, property_name, unit, self.origin, procedure
        )
