"""The shapes of `/sites`: one struct each; fields are only added."""

from datetime import date
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from apis.data.models import DatasetName, Licence, PointGeometry
from stadspuls.model import Origin, Procedure
from stadspuls.registry import LangMap

Texts = Annotated[LangMap, Meta(description="By language; `nl` is always there.")]


class SensorEntry(msgspec.Struct, rename="camel", omit_defaults=True):
    """A sensor of a site; `procedure` is present where its values are derived from those of other sensors."""

    id: str
    properties: list[str]
    period: (
        Annotated[str, Meta(description="ISO 8601 duration one value stands for; `observedAt` is its end.")] | UnsetType
    ) = UNSET
    procedure: Procedure | UnsetType = UNSET


class SiteEntry(msgspec.Struct, rename="camel", omit_defaults=True):
    """A place where something is observed."""

    id: Annotated[str, Meta(description="Short id, for queries.")]
    iri: Annotated[str, Meta(description="Its identifier, as in observations.")]
    names: Texts
    kind: Annotated[str, Meta(description="Kind of site.", examples=["car-park"])]
    point: PointGeometry
    sensors: list[SensorEntry]
    capacity: int | UnsetType = UNSET
    zone: str | UnsetType = UNSET
    valid_from: date | UnsetType = UNSET


class PropertyEntry(msgspec.Struct, rename="camel", omit_defaults=True):
    """What is observed."""

    name: Annotated[str, Meta(description="As in observations and queries.")]
    names: Texts
    descriptions: Texts
    unit: Annotated[str, Meta(description="UCUM code.")]
    type: Literal["number", "boolean", "text"]
    iri: Annotated[str, Meta(description="The observed property in RDF.")] | UnsetType = UNSET


class SitesDocument(msgspec.Struct, rename="camel", omit_defaults=True):
    """The sites of a dataset, their sensors, and what is observed there."""

    dataset: DatasetName
    titles: Texts
    publisher: Texts
    licence: Licence
    origin: Origin
    sites: list[SiteEntry]
    properties: list[PropertyEntry]
    descriptions: Texts | UnsetType = UNSET
    attribution: Texts | UnsetType = UNSET


class SiteDescription(msgspec.Struct, rename="camel", omit_defaults=True):
    """What a GeoJSON feature of `/sites` tells of a site."""

    id: str
    names: Texts
    kind: str
    sensors: list[SensorEntry]
    capacity: int | UnsetType = UNSET
    zone: str | UnsetType = UNSET
    valid_from: date | UnsetType = UNSET


class DescribedSite(msgspec.Struct, tag_field="type", tag="Feature"):
    """One site; `id` is its IRI."""

    id: str
    geometry: PointGeometry
    properties: SiteDescription


class DescribedSites(msgspec.Struct, rename="camel", omit_defaults=True, tag_field="type", tag="FeatureCollection"):
    """The sites of a dataset (RFC 7946)."""

    dataset: DatasetName
    licence: Licence
    origin: Origin
    features: list[DescribedSite]
