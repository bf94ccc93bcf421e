"""The start page for programs."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from apis.data.models import DatasetName, Licence
from stadspuls.model import Origin
from stadspuls.registry import LangMap


class IndexEntry(msgspec.Struct, rename="camel", omit_defaults=True):
    """One dataset and where it is found; `latest` is absent where only aggregates are public."""

    dataset: DatasetName
    titles: LangMap
    publisher: LangMap
    licence: Licence
    origin: Origin
    visibility: Literal["public", "aggregates", "private"]
    history: str
    sites: str
    latest: str | UnsetType = UNSET
    newest_observed_at: Annotated[datetime, Meta(tz=True)] | UnsetType = UNSET


class IndexDocument(msgspec.Struct, rename="camel"):
    """Every public dataset, ordered by name."""

    datasets: list[IndexEntry]
    documentation: str
