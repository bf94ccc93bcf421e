"""Observations as plain JSON and as GeoJSON."""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
from msgspec import UNSET

from apis.data.entries import SiteNames, entries
from apis.data.models import (
    HistoryDocument,
    LatestDocument,
    PointGeometry,
    SiteFeature,
    SiteFeatures,
    SitePlace,
)
from stadspuls.clock import now_us, to_datetime
from stadspuls.model import Observation
from stadspuls.registry import Dataset

encode = msgspec.json.Encoder().encode


@dataclass(frozen=True)
class Frame:
    """What surrounds the observations of an answer; `next_url` and `valid_until` are absent where None."""

    dataset: Dataset
    names: SiteNames
    next_url: str | None = None
    valid_until: int | None = None


def latest_json(frame: Frame, observations: Sequence[Observation]) -> bytes:
    """A `LatestDocument`."""
    return encode(
        LatestDocument(
            dataset=frame.dataset.name,
            generated_at=to_datetime(now_us()),
            licence=frame.dataset.licence,
            origin=frame.dataset.origin,
            observations=entries(observations, frame.names),
            valid_until=UNSET if frame.valid_until is None else to_datetime(frame.valid_until),
        )
    )


def history_json(frame: Frame, observations: Sequence[Observation]) -> bytes:
    """A `HistoryDocument`."""
    return encode(
        HistoryDocument(
            dataset=frame.dataset.name,
            generated_at=to_datetime(now_us()),
            licence=frame.dataset.licence,
            origin=frame.dataset.origin,
            observations=entries(observations, frame.names),
            next=frame.next_url or UNSET,
        )
    )


def observations_geojson(frame: Frame, observations: Sequence[Observation]) -> bytes:
    """A `SiteFeatures` collection: sites by first appearance, within a site the order of the observations."""
    by_site: dict[str, list[Observation]] = {}
    for observation in observations:
        by_site.setdefault(observation.datastream.site, []).append(observation)
    return encode(
        SiteFeatures(
            dataset=frame.dataset.name,
            generated_at=to_datetime(now_us()),
            licence=frame.dataset.licence,
            origin=frame.dataset.origin,
            features=[_feature(frame, site_id, some) for site_id, some in by_site.items()],
            valid_until=UNSET if frame.valid_until is None else to_datetime(frame.valid_until),
            next=frame.next_url or UNSET,
        )
    )


def _feature(frame: Frame, site_id: str, observations: Sequence[Observation]) -> SiteFeature:
    found = entries(observations, frame.names)
    site = frame.dataset.sites.get(site_id)
    if site is None:
        return SiteFeature(frame.names.iri(site_id), None, SitePlace(site_id, {}, "", found))
    place = SitePlace(site.id, site.names, site.kind, found, UNSET if site.capacity is None else site.capacity)
    return SiteFeature(frame.names.iri(site_id), PointGeometry((site.longitude, site.latitude)), place)
