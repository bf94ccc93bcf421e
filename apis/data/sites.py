"""`/{city}/{theme}/sites`: where a dataset is measured, by which sensors, and what."""

from collections.abc import Sequence

from fastapi import APIRouter, Depends, Request, Response
from msgspec import UNSET

from apis.access import VisibleDataset
from apis.answers import data_headers, is_current, not_modified
from apis.context import ContextDep
from apis.data import examples
from apis.data.csv_text import Cell, csv_bytes
from apis.data.entries import SiteNames
from apis.data.models import PointGeometry
from apis.data.observation_json import encode
from apis.data.site_models import (
    DescribedSite,
    DescribedSites,
    PropertyEntry,
    SensorEntry,
    SiteDescription,
    SiteEntry,
    SitesDocument,
)
from apis.durations import iso_duration
from apis.negotiation import Format, NegotiatedFormat
from apis.parameters import strict_query
from apis.schema import Shown, data_responses
from stadspuls.model import Procedure
from stadspuls.registry import Dataset, Property, Site

MAX_AGE = 300
"""Seconds; the registry seldom changes."""

COLUMNS = (
    "id",
    "iri",
    "name",
    "kind",
    "lat",
    "lon",
    "capacity",
    "sensor",
    "property",
    "unit",
    "procedure",
    "origin",
)

router = APIRouter(tags=["data"], dependencies=[Depends(strict_query)])


@router.get(
    "/{city}/{theme}/sites",
    summary="Sites, sensors, properties",
    response_class=Response,
    responses=data_responses(
        "The dataset's sites",
        {
            Format.JSON: [Shown(SitesDocument, examples.SITES)],
            Format.GEOJSON: [Shown(DescribedSites, examples.SITE_FEATURES)],
            Format.CSV: [Shown(None, examples.SITES_CSV)],
        },
        tagged=True,
    ),
)
async def sites(request: Request, context: ContextDep, dataset: VisibleDataset, form: NegotiatedFormat) -> Response:
    """Where the dataset is measured, by which sensors, and what they observe; as CSV one row for each datastream."""
    tag = f'W/"{context.registry.version}-{form}"'
    headers = {**data_headers(dataset, form, "sites", MAX_AGE), "ETag": tag}
    if is_current(request, tag):
        return not_modified(headers)
    names = SiteNames(dataset, context.base_url)
    write = {Format.JSON: _json, Format.GEOJSON: _geojson, Format.CSV: _csv}[form]
    return Response(write(dataset, names, list(dataset.sites.values())), headers=headers)


def one_site(dataset: Dataset, site: Site, form: Format, names: SiteNames) -> bytes:
    """One site as JSON or GeoJSON, in the shape of all of them."""
    return (_json if form is Format.JSON else _geojson)(dataset, names, [site])


def _json(dataset: Dataset, names: SiteNames, some: Sequence[Site]) -> bytes:
    return encode(
        SitesDocument(
            dataset=dataset.name,
            titles=dataset.titles,
            descriptions=dataset.descriptions or UNSET,
            publisher=dataset.city.publisher.names,
            attribution=dataset.attribution or UNSET,
            licence=dataset.licence,
            origin=dataset.origin,
            sites=[_site(dataset, site, names) for site in some],
            properties=[_property(each) for each in dataset.theme.properties.values()],
        )
    )


def _site(dataset: Dataset, site: Site, names: SiteNames) -> SiteEntry:
    return SiteEntry(
        id=site.id,
        iri=names.iri(site.id),
        names=site.names,
        kind=site.kind,
        point=PointGeometry((site.longitude, site.latitude)),
        sensors=sensors(dataset, site),
        capacity=UNSET if site.capacity is None else site.capacity,
        zone=site.zone or UNSET,
        valid_from=site.valid_from or UNSET,
    )


def _property(each: Property) -> PropertyEntry:
    return PropertyEntry(each.name, each.names, each.descriptions, each.unit, each.type, each.iri or UNSET)


def sensors(dataset: Dataset, site: Site) -> list[SensorEntry]:
    """A site's sensors, and its virtual sensor where something is derived from them."""
    real = dataset.sensors_of(site.id)
    found = [
        SensorEntry(each.id, list(each.properties), UNSET if each.period is None else iso_duration(each.period))
        for each in real
    ]
    observed = {name for each in real for name in each.properties}
    derived = [rule.property for rule in dataset.theme.derived if rule.source in observed]
    if derived:
        virtual = dataset.derived_sensor_id(site.id)
        found.append(SensorEntry(virtual, derived, procedure=Procedure.DERIVED))
    return found


def _geojson(dataset: Dataset, names: SiteNames, some: Sequence[Site]) -> bytes:
    return encode(
        DescribedSites(
            dataset=dataset.name,
            licence=dataset.licence,
            origin=dataset.origin,
            features=[_feature(_site(dataset, site, names)) for site in some],
        )
    )


def _feature(site: SiteEntry) -> DescribedSite:
    described = SiteDescription(site.id, site.names, site.kind, site.sensors, site.capacity, site.zone, site.valid_from)
    return DescribedSite(site.iri, site.point, described)


def _csv(dataset: Dataset, names: SiteNames, some: Sequence[Site]) -> bytes:
    return csv_bytes(COLUMNS, [row for site in some for row in _rows(dataset, site, names)])


def _rows(dataset: Dataset, site: Site, names: SiteNames) -> list[tuple[Cell, ...]]:
    place = (
        site.id,
        names.iri(site.id),
        site.names["nl"],
        site.kind,
        site.latitude,
        site.longitude,
        site.capacity,
    )
    properties = dataset.theme.properties
    return [
        (*place, sensor.id, name, properties[name].unit, sensor.procedure or Procedure.SENSED, dataset.origin)
        for sensor in sensors(dataset, site)
        for name in sensor.properties
    ]
