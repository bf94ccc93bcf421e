"""The shapes of windowed results: one struct each; fields are only added."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from apis.data.models import DatasetName, GeneratedAt, Licence, Next, PointGeometry
from stadspuls.model import Origin
from stadspuls.registry import LangMap

Every = Annotated[str, Meta(description="ISO 8601 duration of the windows.", examples=["PT1H"])]
TimeZone = Annotated[str, Meta(description="The windows lie in its local time.", examples=["Europe/Brussels"])]


class AggregateEntry(msgspec.Struct, rename="camel", omit_defaults=True):
    """What one series was in one window; booleans are the share of true, text is only counted."""

    site: Annotated[str, Meta(description="IRI of the site.")]
    sensor: Annotated[str, Meta(description="Id of the sensor, or of the site's virtual sensor.")]
    observed_property: Annotated[str, Meta(description="What was observed.")] = msgspec.field(name="property")
    unit: Annotated[str, Meta(description="UCUM code.")]
    start: Annotated[datetime, Meta(tz=True, description="Start of the window, part of it.")]
    end: Annotated[datetime, Meta(tz=True, description="End of the window, not part of it.")]
    count: Annotated[int, Meta(description="Observations of good quality; 0 when an earlier one was still known.")]
    origin: Origin
    mean: Annotated[float, Meta(description="By time for on-change properties.")] | UnsetType = UNSET
    min: float | UnsetType = UNSET
    max: float | UnsetType = UNSET
    coverage: Annotated[float, Meta(description="Known share of the window, 0 to 1.")] | UnsetType = UNSET


class AggregatesDocument(msgspec.Struct, rename="camel", omit_defaults=True):
    """Windowed results, ordered by (start, sensor, property)."""

    dataset: DatasetName
    generated_at: GeneratedAt
    licence: Licence
    origin: Origin
    every: Every
    time_zone: TimeZone
    aggregates: list[AggregateEntry]
    next: Next | UnsetType = UNSET


class AggregatedSite(msgspec.Struct, rename="camel", omit_defaults=True):
    """What a GeoJSON feature tells of a site, and its windowed results."""

    id: str
    names: LangMap
    kind: str
    aggregates: list[AggregateEntry]
    capacity: int | UnsetType = UNSET


class AggregatedFeature(msgspec.Struct, tag_field="type", tag="Feature"):
    """One site with its windowed results; `id` is its IRI."""

    id: str
    geometry: PointGeometry | None
    properties: AggregatedSite


class AggregatedFeatures(msgspec.Struct, rename="camel", omit_defaults=True, tag_field="type", tag="FeatureCollection"):
    """Windowed results by site (RFC 7946)."""

    dataset: DatasetName
    generated_at: GeneratedAt
    licence: Licence
    origin: Origin
    every: Every
    time_zone: TimeZone
    features: list[AggregatedFeature]
    next: Next | UnsetType = UNSET
