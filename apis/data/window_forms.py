"""Windowed results as JSON, GeoJSON and CSV."""

from collections.abc import Iterator, Sequence

from msgspec import UNSET

from apis.data.csv_text import Cell, csv_bytes
from apis.data.entries import SiteNames, plain_value
from apis.data.models import PointGeometry
from apis.data.observation_csv import site_cells
from apis.data.observation_json import Frame, encode
from apis.data.window_models import (
    AggregatedFeature,
    AggregatedFeatures,
    AggregatedSite,
    AggregateEntry,
    AggregatesDocument,
)
from apis.negotiation import Format
from stadspuls.clock import now_us, rfc3339, to_datetime
from store.windows import Window

COLUMNS = (
    "site",
    "name",
    "lat",
    "lon",
    "sensor",
    "property",
    "unit",
    "start",
    "end",
    "mean",
    "min",
    "max",
    "count",
    "coverage",
    "origin",
)
"""Columns are only added, at the end."""


def windows_body(form: Format, frame: Frame, every: str, windows: Sequence[Window]) -> bytes:
    """The windows in the form asked for; `every` is their ISO 8601 duration."""
    if form is Format.CSV:
        return csv_bytes(COLUMNS, _rows(frame, windows))
    return _json(frame, every, windows) if form is Format.JSON else _geojson(frame, every, windows)


def _json(frame: Frame, every: str, windows: Sequence[Window]) -> bytes:
    return encode(
        AggregatesDocument(
            dataset=frame.dataset.name,
            generated_at=to_datetime(now_us()),
            licence=frame.dataset.licence,
            origin=frame.dataset.origin,
            every=every,
            time_zone=frame.dataset.city.time_zone.key,
            aggregates=[_entry(window, frame.names) for window in windows],
            next=frame.next_url or UNSET,
        )
    )


def _entry(window: Window, names: SiteNames) -> AggregateEntry:
    return AggregateEntry(
        site=names.iri(window.site),
        sensor=window.sensor,
        observed_property=window.observed_property,
        unit=window.unit,
        start=to_datetime(window.start),
        end=to_datetime(window.end),
        count=window.count,
        origin=window.origin,
        mean=UNSET if window.mean is None else window.mean,
        min=UNSET if window.min is None else window.min,
        max=UNSET if window.max is None else window.max,
        coverage=UNSET if window.coverage is None else window.coverage,
    )


def _geojson(frame: Frame, every: str, windows: Sequence[Window]) -> bytes:
    by_site: dict[str, list[Window]] = {}
    for window in windows:
        by_site.setdefault(window.site, []).append(window)
    return encode(
        AggregatedFeatures(
            dataset=frame.dataset.name,
            generated_at=to_datetime(now_us()),
            licence=frame.dataset.licence,
            origin=frame.dataset.origin,
            every=every,
            time_zone=frame.dataset.city.time_zone.key,
            features=[_feature(frame, site_id, some) for site_id, some in by_site.items()],
            next=frame.next_url or UNSET,
        )
    )


def _feature(frame: Frame, site_id: str, windows: Sequence[Window]) -> AggregatedFeature:
    found = [_entry(window, frame.names) for window in windows]
    site = frame.dataset.sites.get(site_id)
    if site is None:
        return AggregatedFeature(frame.names.iri(site_id), None, AggregatedSite(site_id, {}, "", found))
    place = AggregatedSite(site.id, site.names, site.kind, found, UNSET if site.capacity is None else site.capacity)
    return AggregatedFeature(frame.names.iri(site_id), PointGeometry((site.longitude, site.latitude)), place)


def _rows(frame: Frame, windows: Sequence[Window]) -> Iterator[Sequence[Cell]]:
    for window in windows:
        yield (
            *site_cells(frame.dataset, window.site, frame.names),
            window.sensor,
            window.observed_property,
            window.unit,
            rfc3339(window.start),
            rfc3339(window.end),
            *(None if value is None else plain_value(value) for value in (window.mean, window.min, window.max)),
            window.count,
            window.coverage,
            window.origin,
        )
