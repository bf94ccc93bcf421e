"""The shape of a site's message; fields are only added."""

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from apis.data.models import DatasetName, Licence, ObservationEntry, PointGeometry
from stadspuls.model import Origin
from stadspuls.registry import LangMap


class SiteMessage(msgspec.Struct, rename="camel", omit_defaults=True, kw_only=True):
    """A site and the newest observation of each of its datastreams, ordered by (sensor, property)."""

    dataset: DatasetName
    site: Annotated[str, Meta(description="IRI of the site.")]
    names: LangMap
    kind: Annotated[str, Meta(description="What the site is, a word of its theme.", examples=["car-park"])]
    point: PointGeometry
    capacity: Annotated[int, Meta(description="How much there is of what the theme counts.")] | UnsetType = UNSET
    licence: Licence
    origin: Origin
    omitted: Annotated[
        int, Meta(description="How many observations found no room; `/latest?site=` has them. Absent for none.")
    ] = 0
    observations: list[ObservationEntry]
