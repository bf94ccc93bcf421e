"""Which sites, sensors and properties of a dataset a client asks for."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Query

from apis.access import VisibleDataset
from apis.context import ContextDep
from apis.parameter_schemas import names
from apis.parameters import MOST_VALUES, split_values
from stadspuls.errors import UnknownProperty, UnknownSensor, UnknownSite
from stadspuls.model import Observation
from stadspuls.registry import Dataset


@dataclass(frozen=True)
class Selection:
    """Which sites, sensors and properties of a dataset are asked for, by short id; None is all."""

    sites: frozenset[str] | None = None
    sensors: frozenset[str] | None = None
    properties: frozenset[str] | None = None

    @property
    def everything(self) -> bool:
        """Whether nothing is left out."""
        return self.sites is None and self.sensors is None and self.properties is None

    def takes(self, observation: Observation) -> bool:
        """Whether an observation is among what is asked for."""
        stream = observation.datastream
        return (
            (self.sites is None or stream.site in self.sites)
            and (self.sensors is None or stream.sensor in self.sensors)
            and (self.properties is None or stream.observed_property in self.properties)
        )


Former = Callable[[], Iterable[Observation]]
"""What is known of series that the registry no longer has: their history can still be asked for."""


def _no_former() -> Iterable[Observation]:
    return ()


def select_sites(
    dataset: Dataset, given: Sequence[str] | None, base_url: str, former: Former = _no_former
) -> frozenset[str] | None:
    """Short ids of the sites asked for, each given as IRI or short id; one that is gone by its short id.

    Raises:
        UnknownSite: the dataset has no such site.
    """
    wanted = split_values("site", given)
    if wanted is None:
        return None
    found = set()
    for value in wanted:
        site = dataset.sites.get(value) or dataset.site_by_iri(value, base_url)
        if site is not None:
            found.add(site.id)
        elif any(o.datastream.site == value for o in former()):
            found.add(value)
        else:
            raise UnknownSite(f"{dataset.name} has no site {value[:200]!r}; /{dataset.name}/sites lists them")
    return frozenset(found)


def select_sensors(dataset: Dataset, given: Sequence[str] | None, former: Former = _no_former) -> frozenset[str] | None:
    """Ids of the sensors asked for; the virtual sensors of sites are among them, and those that are gone.

    Raises:
        UnknownSensor: the dataset has no such sensor.
    """
    wanted = split_values("sensor", given)
    if wanted is None:
        return None
    virtual = {dataset.derived_sensor_id(site) for site in dataset.sites}
    for value in wanted:
        known = value in dataset.sensors or value in virtual or any(o.datastream.sensor == value for o in former())
        if not known:
            raise UnknownSensor(f"{dataset.name} has no sensor {value[:80]!r}; /{dataset.name}/sites lists them")
    return frozenset(wanted)


def select_properties(dataset: Dataset, given: Sequence[str] | None) -> frozenset[str] | None:
    """Names of the properties asked for.

    Raises:
        UnknownProperty: the theme has no such property.
    """
    wanted = split_values("property", given)
    if wanted is None:
        return None
    for value in wanted:
        if value not in dataset.theme.properties:
            known = ", ".join(dataset.theme.properties)
            raise UnknownProperty(f"{dataset.name} has no property {value[:80]!r}; it has {known}")
    return frozenset(wanted)


def _several(description: str, alias: str | None = None) -> Any:
    text = f"{description}; repeat it or separate by commas."
    return Query(alias=alias, description=text, json_schema_extra=names(MOST_VALUES))


Sites = Annotated[list[str] | None, _several("Sites, as IRI or short id")]
Sensors = Annotated[list[str] | None, _several("Sensors by id")]
Properties = Annotated[list[str] | None, _several("Properties by name", "property")]
Cities = Annotated[list[str] | None, _several("Cities by slug")]
Themes = Annotated[list[str] | None, _several("Themes by slug")]


async def _selected(
    context: ContextDep,
    dataset: VisibleDataset,
    site: Sites = None,
    sensor: Sensors = None,
    property_: Properties = None,
) -> Selection:
    def former() -> Iterable[Observation]:
        return context.live.former(dataset.name)

    return Selection(
        select_sites(dataset, site, context.base_url, former),
        select_sensors(dataset, sensor, former),
        select_properties(dataset, property_),
    )


SelectionDep = Annotated[Selection, Depends(_selected)]
