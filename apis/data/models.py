"""The shapes of plain JSON and GeoJSON observations: one struct each; fields are only added.

Absent fields are absent, never null. Instants are RFC 3339 in UTC; sites are IRIs.
"""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from stadspuls.model import Origin, Procedure, Quality
from stadspuls.registry import LangMap

Instant = Annotated[datetime, Meta(tz=True)]
JsonValue = float | int | bool | str

DatasetName = Annotated[str, Meta(description="City and theme.", examples=["gent/parking"])]
GeneratedAt = Annotated[datetime, Meta(tz=True, description="When this answer was put together.")]
ValidUntil = Annotated[
    datetime,
    Meta(tz=True, description="When the next value is due at the latest; absent when there is no value yet."),
]
Licence = Annotated[str, Meta(description="IRI of the licence.")]
Next = Annotated[str, Meta(description="Address where it goes on; absent on the last page.")]


class ObservationEntry(msgspec.Struct, rename="camel", omit_defaults=True):
    """One published observation."""

    site: Annotated[str, Meta(description="IRI of the site.")]
    sensor: Annotated[str, Meta(description="Id of the sensor, or of the site's virtual sensor.")]
    observed_property: Annotated[str, Meta(description="What was observed.")] = msgspec.field(name="property")
    value: Annotated[JsonValue, Meta(description="In `unit`; a whole number has no fraction.")]
    unit: Annotated[str, Meta(description="UCUM code.")]
    observed_at: Annotated[datetime, Meta(tz=True, description="When the device observed it.")]
    received_at: Annotated[datetime, Meta(tz=True, description="When the platform received it.")]
    published_at: Annotated[
        datetime, Meta(tz=True, description="When it was published; strictly increasing within a dataset.")
    ]
    quality: Quality
    origin: Origin
    test: Annotated[str, Meta(description="The plausibility test that made it suspect.")] | UnsetType = UNSET
    known: Annotated[int, Meta(description="Of a derived count: how many parts have reported.")] | UnsetType = UNSET
    capacity: Annotated[int, Meta(description="Of a derived count: how many parts there are.")] | UnsetType = UNSET
    procedure: Procedure | UnsetType = UNSET


class LatestDocument(msgspec.Struct, rename="camel", omit_defaults=True):
    """The newest observation of every datastream asked for, ordered by (site, sensor, property)."""

    dataset: DatasetName
    generated_at: GeneratedAt
    licence: Licence
    origin: Origin
    observations: list[ObservationEntry]
    valid_until: ValidUntil | UnsetType = UNSET


class HistoryDocument(msgspec.Struct, rename="camel", omit_defaults=True):
    """Observations, oldest first, ordered by (observedAt, sensor, property)."""

    dataset: DatasetName
    generated_at: GeneratedAt
    licence: Licence
    origin: Origin
    observations: list[ObservationEntry]
    next: Next | UnsetType = UNSET


class PointGeometry(msgspec.Struct, tag_field="type", tag="Point"):
    """A position (RFC 7946): longitude, latitude, in WGS84 degrees."""

    coordinates: tuple[float, float]


class SitePlace(msgspec.Struct, rename="camel", omit_defaults=True):
    """What a GeoJSON feature tells of a site, and its observations."""

    id: str
    names: LangMap
    kind: str
    observations: list[ObservationEntry]
    capacity: int | UnsetType = UNSET


class SiteFeature(msgspec.Struct, tag_field="type", tag="Feature"):
    """One site with its observations; `id` is its IRI, `geometry` null where the site is no longer registered."""

    id: str
    geometry: PointGeometry | None
    properties: SitePlace


class SiteFeatures(msgspec.Struct, rename="camel", omit_defaults=True, tag_field="type", tag="FeatureCollection"):
    """Observations by site (RFC 7946), with what is known of the dataset as foreign members."""

    dataset: DatasetName
    generated_at: GeneratedAt
    licence: Licence
    origin: Origin
    features: list[SiteFeature]
    valid_until: ValidUntil | UnsetType = UNSET
    next: Next | UnsetType = UNSET
