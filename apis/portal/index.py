"""The list of datasets for programs."""

from collections.abc import Iterable

from msgspec import UNSET

from apis.access import gives_observations
from apis.context import Context
from apis.portal.models import IndexDocument, IndexEntry
from stadspuls.clock import to_datetime
from stadspuls.registry import Dataset


def index_document(context: Context, datasets: Iterable[Dataset]) -> IndexDocument:
    """These datasets, and where each kind of answer is."""
    return IndexDocument([_entry(context, dataset) for dataset in datasets], f"{context.base_url}/docs")


def _entry(context: Context, dataset: Dataset) -> IndexEntry:
    address = f"{context.base_url}/{dataset.name}"
    newest = context.live.latest.newest_observed(dataset.name)
    return IndexEntry(
        dataset=dataset.name,
        titles=dataset.titles,
        publisher=dataset.city.publisher.names,
        licence=dataset.licence,
        origin=dataset.origin,
        visibility=dataset.visibility,
        history=f"{address}/history",
        sites=f"{address}/sites",
        latest=f"{address}/latest" if gives_observations(dataset) else UNSET,
        newest_observed_at=UNSET if newest is None else to_datetime(newest),
    )
