"""A sensor more in a city's file, with its site where that is new too."""

from dataclasses import dataclass, field

from cli.connecting.city_draft import CityDraft
from stadspuls.errors import CityFileError
from stadspuls.registry.marked import Data, Document, Path


@dataclass(frozen=True, kw_only=True)
class NewSite:
    """A site that the file does not have yet."""

    name: str
    latitude: float
    longitude: float
    kind: str | None = None
    """None: the first that the theme knows."""
    capacity: int | None = None


@dataclass(frozen=True, kw_only=True)
class NewSensor:
    """A sensor that the file does not have yet; durations as people write them, `PT1H`."""

    theme: str
    id: str
    properties: list[str]
    site: str | None = None
    """None: the site that is called as the sensor."""
    new_site: NewSite | None = None
    period: str | None = None
    max_age: str | None = None
    source: str | None = None
    devices: list[str] = field(default_factory=list)
    """What the messages of the source call it."""


def add_sensor(draft: CityDraft, theme: Document, sensor: NewSensor) -> list[str]:
    """Put the sensor in; returns what else was changed, in words.

    Raises:
        CityFileError: when it does not say enough, or the file has no place for it.
    """
    dataset: Path = ("datasets", sensor.theme)
    if not draft.document.holds(dataset):
        known = ", ".join(draft.document.keys("datasets")) or "none"
        raise CityFileError(f"{draft.name} has no dataset {sensor.theme!r}; known: {known}")
    site = _site(draft, theme, sensor, dataset)
    entry: dict[str, Data] = {"id": sensor.id, "site": site, "properties": list(sensor.properties)}
    entry |= {"period": sensor.period} if sensor.period else {}
    entry |= {"max_age": sensor.max_age} if sensor.max_age else {}
    draft.append((*dataset, "sensors"), entry)
    said = _count_spaces(draft, theme, sensor, site)
    for device in sensor.devices:
        draft.put((*_source(draft, sensor.source), "devices"), device, sensor.id)
    return said


def _site(draft: CityDraft, theme: Document, sensor: NewSensor, dataset: Path) -> str:
    """The sensor's site, which is put in when it is new."""
    site = sensor.site or sensor.id
    known = _ids(draft.document, (*dataset, "sites"))
    if sensor.new_site is None:
        if site not in known:
            listed = ", ".join(known[:12]) or "none"
            raise CityFileError(
                f"{draft.name} has no site {site!r} in {sensor.theme}; name one with --site (known: {listed}) "
                "or describe a new one with --site-name, --lat and --lon"
            )
        return site
    if site in known:
        raise CityFileError(f"{draft.name} has the site {site!r} in {sensor.theme} already; leave out --site-name")
    new, kinds = sensor.new_site, theme.keys("kinds")
    kind = new.kind or (kinds[0] if kinds else None)
    if kind is None:
        raise CityFileError(f"the theme {sensor.theme} knows no kinds of sites: say which with --kind")
    capacity = new.capacity
    if capacity is None and _counted(theme) & set(sensor.properties):
        capacity = 1
    entry: dict[str, Data] = {
        "id": site,
        "names": {"nl": new.name},
        "kind": kind,
        "point": {"latitude": new.latitude, "longitude": new.longitude},
    }
    draft.append((*dataset, "sites"), entry | ({} if capacity is None else {"capacity": capacity}))
    return site


def _count_spaces(draft: CityDraft, theme: Document, sensor: NewSensor, site: str) -> list[str]:
    """Raise the capacity of a site whose spaces are counted one by one, when it was their number before."""
    if sensor.new_site is not None or not _counted(theme) & set(sensor.properties):
        return []
    dataset: Path = ("datasets", sensor.theme)
    counted = [
        i
        for i in range(draft.document.count(*dataset, "sensors"))
        if draft.document.word(*dataset, "sensors", i, "site") == site
        and _counted(theme) & set(draft.document.words(*dataset, "sensors", i, "properties"))
    ]
    place = (*dataset, "sites", _ids(draft.document, (*dataset, "sites")).index(site), "capacity")
    if draft.document.at(*place) != len(counted) - 1:
        return []
    draft.replace(place, len(counted))
    return [f"the capacity of {site} is {len(counted)} now, the number of its spaces"]


def _source(draft: CityDraft, source: str | None) -> Path:
    sources = _ids(draft.document, ("sources",))
    if source not in sources:
        listed = ", ".join(sources) or "none"
        raise CityFileError(
            f"{draft.name} has no source {source!r}; --device needs the --source of its messages (known: {listed})"
        )
    return ("sources", sources.index(source))


def _counted(theme: Document) -> set[str]:
    """Properties from which something of a site is counted."""
    return {theme.word("derived", i, "source") for i in range(theme.count("derived"))}


def _ids(document: Document, path: Path) -> list[str]:
    return [document.word(*path, i, "id") for i in range(document.count(*path))]
