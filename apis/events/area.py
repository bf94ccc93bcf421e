"""What a stream that spans datasets asks for, and boxes on the map."""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from apis.access import find_dataset, gives_observations, require_observations, visible_datasets
from apis.parameters import split_values
from apis.selection import Selection
from stadspuls.errors import InvalidParameter, UnknownCity, UnknownDataset, UnknownProperty, UnknownSensor, UnknownSite
from stadspuls.registry import Dataset, Registry


class Box(NamedTuple):
    """A box in degrees (WGS84)."""

    west: float
    south: float
    east: float
    north: float

    def sites(self, dataset: Dataset) -> frozenset[str]:
        """Short ids of the dataset's sites in the box, its edges included."""
        return frozenset(
            site.id
            for site in dataset.sites.values()
            if self.west <= site.longitude <= self.east and self.south <= site.latitude <= self.north
        )


def check_box(box: Box) -> Box:
    """The box itself.

    Raises:
        InvalidParameter: it is no box on the map.
    """
    if not (-180 <= box.west <= 180 and -180 <= box.east <= 180 and -90 <= box.south <= 90 and -90 <= box.north <= 90):
        raise InvalidParameter("bbox: longitudes lie within -180 and 180, latitudes within -90 and 90")
    if box.west > box.east or box.south > box.north:
        raise InvalidParameter("bbox: west,south,east,north: the first two must not be larger than the last two")
    return box


def parse_box(given: str | None) -> Box | None:
    """A box as written in a query: `west,south,east,north`; None when none was given.

    Raises:
        InvalidParameter: it is no box on the map.
    """
    if given is None:
        return None
    parts = given.split(",")
    try:
        numbers = [float(part) for part in parts]
    except ValueError:
        numbers = []
    if len(numbers) != 4:
        raise InvalidParameter(f"bbox: west,south,east,north in degrees, such as 3.6,51.0,3.8,51.1; not {given[:80]!r}")
    return check_box(Box(*numbers))


def inside(selection: Selection, box: Box | None, dataset: Dataset) -> Selection:
    """The selection, and of its sites only those in the box."""
    if box is None:
        return selection
    found = box.sites(dataset)
    sites = found if selection.sites is None else found & selection.sites
    return Selection(sites, selection.sensors, selection.properties)


class Area(NamedTuple):
    """A question to several datasets, as it was written."""

    cities: list[str] | None = None
    themes: list[str] | None = None
    sites: list[str] | None = None
    sensors: list[str] | None = None
    properties: list[str] | None = None
    box: Box | None = None


def select_area(registry: Registry, area: Area, base_url: str) -> dict[Dataset, Selection]:
    """What is asked for of each dataset; datasets in which nothing can match are left out.

    Raises:
        UnknownCity, UnknownDataset, UnknownSite, UnknownSensor, UnknownProperty: what is named is nowhere.
        OnlyAggregates: none of the datasets asked for gives single observations.
    """
    datasets = _datasets(registry, area)
    sites = _named("site", area.sites, datasets, lambda value, dataset: _site(value, dataset, base_url), UnknownSite)
    sensors = _named("sensor", area.sensors, datasets, _sensor, UnknownSensor)
    properties = _named("property", area.properties, datasets, _property, UnknownProperty)
    found = {}
    for dataset in datasets:
        parts = [None if named is None else named[dataset] for named in (sites, sensors, properties)]
        selection = inside(Selection(*parts), area.box, dataset)
        if frozenset() not in (selection.sites, selection.sensors, selection.properties):
            found[dataset] = selection
    return found


def _datasets(registry: Registry, area: Area) -> list[Dataset]:
    cities, themes = split_values("city", area.cities), split_values("theme", area.themes)
    visible = visible_datasets(registry)
    for city in cities or ():
        if city not in registry.cities:
            raise UnknownCity(f"no city is called {city[:80]!r} here")
    for theme in themes or ():
        if all(dataset.theme.slug != theme for dataset in visible):
            raise UnknownDataset(f"nobody publishes a dataset {theme[:80]!r} here")
    asked = [
        dataset
        for dataset in visible
        if (cities is None or dataset.city.slug in cities) and (themes is None or dataset.theme.slug in themes)
    ]
    if not asked:
        raise UnknownDataset("none of these cities publishes a dataset with one of these themes")
    public = [dataset for dataset in asked if gives_observations(dataset)]
    if not public:
        require_observations(asked[0])
    return public


Find = Callable[[str, Dataset], str | None]


def _named(
    name: str,
    given: Sequence[str] | None,
    datasets: Iterable[Dataset],
    find: Find,
    error: type[UnknownSite | UnknownSensor | UnknownProperty],
) -> dict[Dataset, frozenset[str]] | None:
    """By dataset: which of the values given it has; None when none were given."""
    wanted = split_values(name, given)
    if wanted is None:
        return None
    found = {dataset: {value: find(value, dataset) for value in wanted} for dataset in datasets}
    for value in wanted:
        if not any(has[value] for has in found.values()):
            raise error(f"{name}: none of the datasets asked for has {value[:200]!r}")
    return {dataset: frozenset(filter(None, has.values())) for dataset, has in found.items()}


def _site(value: str, dataset: Dataset, base_url: str) -> str | None:
    site = dataset.sites.get(value) or dataset.site_by_iri(value, base_url)
    return None if site is None else site.id


def _sensor(value: str, dataset: Dataset) -> str | None:
    virtual = any(dataset.derived_sensor_id(site) == value for site in dataset.sites)
    return value if virtual or value in dataset.sensors else None


def _property(value: str, dataset: Dataset) -> str | None:
    return value if value in dataset.theme.properties else None


def select_one(registry: Registry, name: str, area: Area, base_url: str) -> tuple[Dataset, Selection]:
    """One dataset by its name (`gent/parking`), and what is asked for of it.

    Raises:
        RequestError: as `select_area`.
    """
    city, _, theme = name.partition("/")
    dataset = find_dataset(registry, city, theme)
    require_observations(dataset)
    chosen = select_area(registry, area._replace(cities=[city], themes=[theme]), base_url)
    return dataset, chosen.get(dataset, Selection(frozenset()))
