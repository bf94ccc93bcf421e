"""DATEX II of the latest observations of a dataset."""

from collections.abc import Sequence

from apis.data.entries import SiteNames
from apis.datex2.parking import place_status, vacant_property
from apis.datex2.writing import Publication, datex2
from stadspuls.clock import now_us
from stadspuls.model import Observation
from stadspuls.registry import Dataset, Registry


def latest_datex2(
    registry: Registry,
    dataset: Dataset,
    names: SiteNames,
    observations: Sequence[Observation],
    sites: frozenset[str] | None,
) -> bytes:
    """The sites asked for (None: all) and what is vacant there by these observations."""
    counts: dict[str, list[Observation]] = {}
    vacant = vacant_property(dataset.theme)
    for each in observations:
        if each.datastream.observed_property == vacant:
            counts.setdefault(each.datastream.site, []).append(each)
    asked = [site for site in dataset.sites.values() if sites is None or site.id in sites]
    publication = Publication(
        dataset=dataset,
        names=names,
        version=registry.version,
        changed=registry.changed,
        written_at=now_us(),
        places=[place_status(dataset, site, counts.get(site.id, ())) for site in asked],
    )
    return datex2(publication)
