"""Observations as CSV: one row each, with the site's name and place, so that a row tells all by itself."""

from collections.abc import Iterator, Sequence

from apis.data.csv_text import Cell, csv_bytes
from apis.data.entries import SiteNames, plain_value
from stadspuls.clock import rfc3339
from stadspuls.model import Observation
from stadspuls.registry import Dataset

COLUMNS = (
    "site",
    "name",
    "lat",
    "lon",
    "sensor",
    "property",
    "value",
    "unit",
    "observedAt",
    "receivedAt",
    "publishedAt",
    "quality",
    "test",
    "known",
    "capacity",
    "procedure",
    "origin",
)
"""Columns are only added, at the end."""


def site_cells(dataset: Dataset, site_id: str, names: SiteNames) -> tuple[Cell, Cell, Cell, Cell]:
    """IRI, Dutch name, latitude, longitude; only the IRI for a site that is no longer registered."""
    site = dataset.sites.get(site_id)
    if site is None:
        return names.iri(site_id), None, None, None
    return names.iri(site_id), site.names["nl"], site.latitude, site.longitude


def observation_csv(dataset: Dataset, observations: Sequence[Observation], names: SiteNames) -> bytes:
    """A header and one row for each observation, in the same order."""
    return csv_bytes(COLUMNS, _rows(dataset, observations, names))


def _rows(dataset: Dataset, observations: Sequence[Observation], names: SiteNames) -> Iterator[Sequence[Cell]]:
    places: dict[str, tuple[Cell, Cell, Cell, Cell]] = {}
    for o in observations:
        stream = o.datastream
        if stream.site not in places:
            places[stream.site] = site_cells(dataset, stream.site, names)
        yield (
            *places[stream.site],
            stream.sensor,
            stream.observed_property,
            plain_value(o.value),
            stream.unit,
            rfc3339(o.observed_at),
            rfc3339(o.received_at),
            rfc3339(o.published_at),
            o.quality,
            o.test,
            o.known,
            o.capacity,
            stream.procedure,
            stream.origin,
        )
