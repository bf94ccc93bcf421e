"""Dimension tables: each row as the registry in force says it (type 1); what it no longer knows stays, marked."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa

from apis.data.entries import SiteNames
from apis.warehouse.seen import Hour, Seen, dataset_key, property_key, sensor_key, site_key
from stadspuls.clock import SECOND, to_datetime
from stadspuls.model import Datastream
from stadspuls.registry import Dataset, LangMap, text

Row = dict[str, Any]
Rows = dict[int, Row]
"""By key."""

_REGISTERED = pa.field("registered", pa.bool_(), nullable=False)


def _schema(key: str, *fields: tuple[str, pa.DataType]) -> pa.Schema:
    return pa.schema([pa.field(key, pa.int64(), nullable=False), *(pa.field(*field) for field in fields), _REGISTERED])


DIMENSIONS: dict[str, pa.Schema] = {
    "datasets": _schema(
        "dataset_key",
        ("dataset", pa.string()),
        ("city", pa.string()),
        ("theme", pa.string()),
        ("title_nl", pa.string()),
        ("title_en", pa.string()),
        ("publisher", pa.string()),
        ("licence", pa.string()),
        ("attribution", pa.string()),
        ("origin", pa.string()),
        ("visibility", pa.string()),
        ("time_zone", pa.string()),
    ),
    "sites": _schema(
        "site_key",
        ("dataset", pa.string()),
        ("site", pa.string()),
        ("iri", pa.string()),
        ("name_nl", pa.string()),
        ("name_en", pa.string()),
        ("kind", pa.string()),
        ("latitude", pa.float64()),
        ("longitude", pa.float64()),
        ("capacity", pa.int64()),
        ("zone", pa.string()),
    ),
    "sensors": _schema(
        "sensor_key",
        ("dataset", pa.string()),
        ("sensor", pa.string()),
        ("site", pa.string()),
        ("virtual", pa.bool_()),
        ("period_seconds", pa.float64()),
    ),
    "properties": _schema(
        "property_key",
        ("theme", pa.string()),
        ("property", pa.string()),
        ("unit", pa.string()),
        ("name_nl", pa.string()),
        ("name_en", pa.string()),
        ("type", pa.string()),
        ("iri", pa.string()),
    ),
    "time": pa.schema(
        [
            pa.field("time_key", pa.int64(), nullable=False),
            pa.field("time_zone", pa.string()),
            pa.field("starts_at", pa.timestamp("us", tz="UTC")),
            pa.field("local_date", pa.date32()),
            pa.field("local_hour", pa.int8()),
            pa.field("utc_offset_minutes", pa.int16()),
            pa.field("year", pa.int16()),
            pa.field("month", pa.int8()),
            pa.field("day", pa.int8()),
            pa.field("iso_year", pa.int16()),
            pa.field("iso_week", pa.int8()),
            pa.field("weekday", pa.int8()),
            pa.field("weekend", pa.bool_()),
        ]
    ),
}
"""By the name of their file. The first column is the key; weekdays count from Monday, 1, to Sunday, 7."""


def updated(name: str, known: Iterable[Row], seen: Iterable[Row], registered: Iterable[Row]) -> pa.Table:
    """A dimension: what was known, what facts name, and what is registered, which goes before both."""
    schema = DIMENSIONS[name]
    key = schema.names[0]
    marked = "registered" in schema.names
    rows: Rows = {row[key]: (row | {"registered": False} if marked else row) for row in known}
    for row in seen:
        rows.setdefault(row[key], row)
    rows |= {row[key]: row for row in registered}
    return pa.Table.from_pylist([rows[number] for number in sorted(rows)], schema=schema)


def registered_rows(name: str, dataset: Dataset, base_url: str) -> Iterator[Row]:
    """What the registry says of a dataset, for one dimension."""
    makers = {"datasets": _datasets, "sites": _sites, "sensors": _sensors, "properties": _properties}
    if name in makers:
        yield from (row | {"registered": True} for row in makers[name](dataset, base_url))


def seen_rows(name: str, seen: Seen, dataset: Dataset, base_url: str) -> Iterator[Row]:
    """What facts name, for one dimension: as much of it as they tell."""
    if name == "time":
        yield from map(_hour, seen.hours)
    makers = {"sites": _seen_site, "sensors": _seen_sensor, "properties": _seen_property}
    if name in makers:
        names = SiteNames(dataset, base_url)
        yield from (makers[name](stream, names) | {"registered": False} for stream in seen.streams)


def _datasets(dataset: Dataset, _base_url: str) -> Iterator[Row]:
    yield {
        "dataset_key": dataset_key(dataset.name),
        "dataset": dataset.name,
        "city": dataset.city.slug,
        "theme": dataset.theme.slug,
        **_named("title", dataset.titles),
        "publisher": text(dataset.city.publisher.names, "nl"),
        "licence": dataset.licence,
        "attribution": None if dataset.attribution is None else text(dataset.attribution, "nl"),
        "origin": dataset.origin.value,
        "visibility": dataset.visibility,
        "time_zone": dataset.city.time_zone.key,
    }


def _sites(dataset: Dataset, base_url: str) -> Iterator[Row]:
    for site in dataset.sites.values():
        yield {
            "site_key": site_key(dataset.name, site.id),
            "dataset": dataset.name,
            "site": site.id,
            "iri": dataset.site_iri(site.id, base_url),
            **_named("name", site.names),
            "kind": site.kind,
            "latitude": site.latitude,
            "longitude": site.longitude,
            "capacity": site.capacity,
            "zone": site.zone,
        }


def _sensors(dataset: Dataset, _base_url: str) -> Iterator[Row]:
    for sensor in dataset.sensors.values():
        period = None if sensor.period is None else sensor.period / SECOND
        yield _sensor(dataset.name, sensor.id, sensor.site, virtual=False) | {"period_seconds": period}
    if dataset.theme.derived:
        for site in dataset.sites:
            yield _sensor(dataset.name, dataset.derived_sensor_id(site), site, virtual=True)


def _properties(dataset: Dataset, _base_url: str) -> Iterator[Row]:
    theme = dataset.theme
    for observed in theme.properties.values():
        yield {
            "property_key": property_key(theme.slug, observed.name, observed.unit),
            "theme": theme.slug,
            "property": observed.name,
            "unit": observed.unit,
            **_named("name", observed.names),
            "type": observed.type,
            "iri": observed.iri,
        }


def _seen_site(stream: Datastream, names: SiteNames) -> Row:
    key = site_key(stream.dataset, stream.site)
    return {"site_key": key, "dataset": stream.dataset, "site": stream.site, "iri": names.iri(stream.site)}


def _seen_sensor(stream: Datastream, _names: SiteNames) -> Row:
    return _sensor(stream.dataset, stream.sensor, stream.site, virtual=stream.procedure == "derived")


def _seen_property(stream: Datastream, _names: SiteNames) -> Row:
    return {
        "property_key": property_key(stream.theme, stream.observed_property, stream.unit),
        "theme": stream.theme,
        "property": stream.observed_property,
        "unit": stream.unit,
    }


def _sensor(dataset: str, sensor: str, site: str, *, virtual: bool) -> Row:
    return {
        "sensor_key": sensor_key(dataset, sensor),
        "dataset": dataset,
        "sensor": sensor,
        "site": site,
        "virtual": virtual,
    }


def _named(prefix: str, names: LangMap) -> Row:
    return {f"{prefix}_{language}": names.get(language) for language in ("nl", "en")}


def _hour(hour: Hour) -> Row:
    local = to_datetime(hour.start, ZoneInfo(hour.zone))
    iso = local.isocalendar()
    offset = local.utcoffset() or timedelta()
    return {
        "time_key": hour.key,
        "time_zone": hour.zone,
        "starts_at": to_datetime(hour.start),
        "local_date": local.date(),
        "local_hour": local.hour,
        "utc_offset_minutes": offset // timedelta(minutes=1),
        "year": local.year,
        "month": local.month,
        "day": local.day,
        "iso_year": iso.year,
        "iso_week": iso.week,
        "weekday": iso.weekday,
        "weekend": iso.weekday > 5,
    }
