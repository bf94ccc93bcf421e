"""What is offered of a dataset, and in which forms: read from the application's own OpenAPI document.

So a route that is added, or a form that a route learns, is in the catalogue without being named here.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from apis.access import gives_observations
from apis.catalogue.media import MEDIA
from apis.datex2.parking import has_parking
from apis.negotiation import MEDIA_TYPES, Format
from stadspuls.registry import Dataset

_OF_A_DATASET = re.compile(r"/\{city\}/\{theme\}((?:/[a-z]+/?)?)")
"""What stands below a dataset's address without asking for more, such as the day of an archive."""
ONLY_AGGREGATES = {"/sites": "", "/history": "every=1h"}
"""What a dataset that publishes aggregates offers, and the query that asks for no more than that."""


@dataclass(frozen=True)
class Offer:
    """One form of what is found at an address; `path` and `query` follow the address of a dataset."""

    path: str
    media_type: str
    form: Format | None = None
    query: str = ""

    @property
    def name(self) -> str:
        """What tells it from the dataset's other offers: `latest-csv`."""
        return "-".join(filter(None, [self.path.strip("/") or "pages", self.form]))

    def address(self, dataset: str) -> str:
        """Where it is, by the dataset's address."""
        query = "&".join(filter(None, [self.query, self.form and f"format={self.form}"]))
        return f"{dataset}{self.path}" + (f"?{query}" if query else "")


def offers_of(openapi: Mapping[str, Any]) -> list[Offer]:
    """Everything that is offered of a dataset, of whatever theme; pages for people are no data."""
    found: list[Offer] = []
    for path, operations in openapi["paths"].items():
        match = _OF_A_DATASET.fullmatch(path)
        if match:
            found += _forms(match[1], operations["get"])
    return [offer for offer in found if offer.media_type in MEDIA]


def _forms(path: str, operation: Mapping[str, Any]) -> Iterator[Offer]:
    names = [name for each in operation.get("parameters", []) if each["name"] == "format" for name in _names(each)]
    for name in names:
        yield Offer(path, MEDIA_TYPES[Format(name)], Format(name))
    if not names:
        for media_type in operation["responses"].get("200", {}).get("content", {}):
            yield Offer(path, media_type)


def _names(parameter: Mapping[str, Any]) -> list[str]:
    schema = parameter["schema"]
    names: list[str] = schema.get("enum") or [name for part in schema.get("anyOf", []) for name in part.get("enum", [])]
    return names


def offered(offers: Sequence[Offer], dataset: Dataset) -> list[Offer]:
    """Those of the offers that this dataset really makes."""
    if not gives_observations(dataset):
        fitting = [offer for offer in offers if offer.path in ONLY_AGGREGATES]
        return [Offer(o.path, o.media_type, o.form, ONLY_AGGREGATES[o.path]) for o in fitting]
    return [offer for offer in offers if offer.form is not Format.DATEX2 or has_parking(dataset.theme)]
