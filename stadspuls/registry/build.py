"""From what people wrote, after it was checked, to the objects that the code works with."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType

from stadspuls.model import Origin
from stadspuls.registry.build_sources import build_source
from stadspuls.registry.cataloguing import Cataloguing, Concept
from stadspuls.registry.fields import Text
from stadspuls.registry.language import LangMap
from stadspuls.registry.objects import (
    City,
    Contact,
    Dataset,
    Derivation,
    Kind,
    Property,
    Publisher,
    Sensor,
    Site,
    Theme,
)
from stadspuls.registry.written import (
    CityFile,
    Plausible,
    Possible,
    ThemeFile,
    WrittenCataloguing,
    WrittenConcept,
    WrittenDataset,
    WrittenProperty,
    WrittenSensor,
    WrittenSite,
)


def build_theme(written: ThemeFile) -> Theme:
    """The theme of a theme file."""
    return Theme(
        slug=written.slug,
        names=written.names.langmap(),
        descriptions=_langmap(written.descriptions),
        properties=MappingProxyType({name: _property(name, p) for name, p in written.properties.items()}),
        derived=tuple(Derivation(property=d.property, source=d.source, function=d.function) for d in written.derived),
        kinds=MappingProxyType({slug: Kind(names=k.names.langmap(), iri=k.iri) for slug, k in written.kinds.items()}),
        capacity_iri=written.capacity_iri,
        profile=written.profile,
        catalogue=_cataloguing(written.catalogue),
    )


def build_city(written: CityFile, themes: Mapping[str, Theme], cities_dir: Path) -> City:
    """The city of a city file, with its datasets."""
    folder = cities_dir / written.slug
    datasets: dict[str, Dataset] = {}
    city = City(
        slug=written.slug,
        names=written.names.langmap(),
        publisher=Publisher(
            names=written.publisher.names.langmap(),
            iri=written.publisher.iri,
            homepage=written.publisher.homepage,
        ),
        contact=Contact(name=written.contact.name, email=written.contact.email, page=written.contact.page),
        time_zone=written.time_zone,
        id_base=written.id_base,
        latitude=written.centre.latitude,
        longitude=written.centre.longitude,
        areas=tuple(written.areas),
        sources=tuple(build_source(source, folder) for source in written.sources),
        datasets=MappingProxyType(datasets),
    )
    # City and datasets know each other, so the city is made before its datasets are there.
    for slug, dataset in written.datasets.items():
        datasets[slug] = _dataset(city, themes[slug], dataset)
    return city


def _cataloguing(written: WrittenCataloguing) -> Cataloguing:
    return Cataloguing(
        data_theme=_concept(written.data_theme) if written.data_theme else None,
        keywords=tuple(keyword.langmap() for keyword in written.keywords),
        hvd_categories=tuple(_concept(category) for category in written.hvd_categories),
        mobility_themes=tuple(_concept(theme) for theme in written.mobility_themes),
    )


def _concept(written: WrittenConcept) -> Concept:
    return Concept(iri=written.iri, names=written.names.langmap())


def _property(name: str, written: WrittenProperty) -> Property:
    return Property(
        name=name,
        names=written.names.langmap(),
        descriptions=_langmap(written.descriptions),
        unit=written.unit,
        type=written.type,
        possible=(written.possible.min, written.possible.max) if written.possible else None,
        plausible=_plausible(written.plausible, written.possible),
        plausible_max_capacity=written.plausible is not None and written.plausible.max == "capacity",
        sampling=written.sampling,
        max_age=_us(written.max_age),
        decimals=written.decimals,
        iri=written.iri,
        class_iri=written.class_iri,
        predicate=written.predicate,
        quantity_kind=written.quantity_kind,
        unit_iri=written.unit_iri,
    )


def _plausible(plausible: Plausible | None, possible: Possible | None) -> tuple[float, float] | None:
    if plausible is None:
        return None
    if plausible.max != "capacity":
        return plausible.min, plausible.max
    # For sites whose capacity is not known.
    return plausible.min, possible.max if possible else float("inf")


def _dataset(city: City, theme: Theme, written: WrittenDataset) -> Dataset:
    return Dataset(
        city=city,
        theme=theme,
        titles=written.titles.langmap(),
        descriptions=_langmap(written.descriptions),
        licence=written.licence,
        attribution=written.attribution.langmap() if written.attribution else None,
        origin=Origin(written.origin),
        visibility=written.visibility,
        issued=written.issued,
        retention=_us(written.retention) if written.retention else None,
        ignore=frozenset(written.ignore),
        time_zone=written.time_zone,
        sites=MappingProxyType({site.id: _site(site) for site in written.sites}),
        sensors=MappingProxyType({sensor.id: _sensor(sensor) for sensor in written.sensors}),
    )


def _site(written: WrittenSite) -> Site:
    return Site(
        id=written.id,
        iri=written.iri,
        names=written.names.langmap(),
        kind=written.kind,
        latitude=written.point.latitude,
        longitude=written.point.longitude,
        capacity=written.capacity,
        valid_from=written.valid_from,
        zone=written.zone,
    )


def _sensor(written: WrittenSensor) -> Sensor:
    return Sensor(
        id=written.id,
        site=written.site,
        properties=tuple(written.properties),
        period=_us(written.period) if written.period else None,
        max_age=_us(written.max_age) if written.max_age else None,
        time_zone=written.time_zone,
    )


def _langmap(written: Text | None) -> LangMap:
    return written.langmap() if written else {}


def _us(duration: timedelta) -> int:
    return duration // timedelta(microseconds=1)
