"""What a city's file would need so that an unregistered device is understood: a sensor, and where needed its source."""

from dataclasses import dataclass, field

from cli.connecting.city_draft import CityDraft, registry_with
from cli.connecting.foreign_topic import place_of_device
from cli.connecting.guess import Guess, Properties, guesses, known_names, likely_names
from cli.connecting.ids import free_id, sensor_id
from cli.connecting.strangers import Stranger
from stadspuls.codecs import MAPPED, Decoded
from stadspuls.errors import CityFileError, RegistryError
from stadspuls.model import Message
from stadspuls.registry import City, Dataset, Registry, Theme
from stadspuls.registry.marked import Data
from stadspuls.registry.routes import DEFAULT_CODEC
from stadspuls.settings import Settings
from streams.translate import translate_all


@dataclass
class Proposal:
    """What is known of a device's payload, and an entry for its city's file."""

    guesses: list[Guess] = field(default_factory=list)
    """Codecs that read the payload, best first."""
    entry: dict[str, Data] = field(default_factory=dict)
    """Of the form of the file; its lists go behind those that are there. Empty: there is none."""
    why_none: str = ""


def propose(stranger: Stranger, registry: Registry, settings: Settings) -> Proposal:
    """An entry that makes the file valid again when it is put in, or why there is none."""
    slug = stranger.message.topic.split("/", 1)[0]
    city = registry.cities.get(slug)
    if city is None:
        return Proposal(why_none=f"there is no city {slug!r}; stadspuls city new makes one")
    found = guesses(stranger.message, city, _properties(city, stranger))
    try:
        entry = _entry(stranger, city, registry, found)
        _check(entry, city, settings)
    except (CityFileError, RegistryError) as error:
        return Proposal(found, why_none=str(error).splitlines()[0])
    return Proposal(found, entry)


def put_in(draft: CityDraft, entry: dict[str, Data]) -> None:
    """Put an entry into a city's file, in memory.

    Raises:
        CityFileError: when the file cannot be extended by a program.
    """
    sources = entry.get("sources")
    for source in sources if isinstance(sources, list) else []:
        if isinstance(source, dict):
            _put_source(draft, source)
    datasets = entry.get("datasets")
    for theme, dataset in (datasets if isinstance(datasets, dict) else {}).items():
        if not isinstance(dataset, dict):
            continue
        if not draft.document.holds(("datasets", theme)):
            draft.put(("datasets",), theme, dataset)
            continue
        for name in ("sites", "sensors"):
            items = dataset.get(name)
            for item in items if isinstance(items, list) else []:
                if isinstance(item, dict):
                    draft.append(("datasets", theme, name), item)


def _put_source(draft: CityDraft, source: dict[str, Data]) -> None:
    ids = [draft.document.word("sources", i, "id") for i in range(draft.document.count("sources"))]
    if source["id"] not in ids:
        draft.append(("sources",), source)
        return
    devices = source.get("devices")
    for device, sensor in (devices if isinstance(devices, dict) else {}).items():
        draft.put(("sources", ids.index(str(source["id"])), "devices"), device, sensor)


def _check(entry: dict[str, Data], city: City, settings: Settings) -> None:
    draft = CityDraft(settings, city.slug)
    put_in(draft, entry)
    registry_with(settings, {draft.file.name: draft.text.encode()}, only=city.slug)


def _properties(city: City, stranger: Stranger) -> Properties:
    """Names that mean something where the device's values would go."""
    if stranger.route is not None:
        return stranger.route.dataset.theme.properties
    return {name: p for dataset in city.datasets.values() for name, p in dataset.theme.properties.items()}


def _entry(stranger: Stranger, city: City, registry: Registry, found: list[Guess]) -> dict[str, Data]:
    levels = stranger.message.topic.split("/")
    if stranger.route is not None:
        return _of_known_route(stranger, found)
    if len(levels) == 3 and levels[1] in registry.themes:
        return _of_new_dataset(levels[2], registry.themes[levels[1]], city, found)
    if not found:
        raise CityFileError("no codec reads its payload")
    return _of_new_source(stranger.message, city, found[0])


def _of_known_route(stranger: Stranger, found: list[Guess]) -> dict[str, Data]:
    """A sensor of a dataset whose messages are understood already."""
    route, device = stranger.route, stranger.device or ""
    if route is None:
        raise LookupError(stranger.message.topic)
    dataset = route.dataset
    values = next((guess.values for guess in found if guess.codec == route.codec), found[0].values if found else [])
    if route.source is not None:
        values = translate_all(values, route, route.source)[0]
    own = [value for value in values if value.sensor in (None, device)]
    sensor = sensor_id(device, dataset.sensors)
    entry = _sensor(sensor, own, dataset.theme, dataset.city, dataset)
    if sensor == device:
        return entry
    if route.source is None:
        raise CityFileError(f"{device[:80]!r} cannot be a sensor's id: send to a topic that ends with another")
    return {"sources": [{"id": route.source.id, "devices": {device: sensor}}], **entry}


def _of_new_dataset(device: str, theme: Theme, city: City, found: list[Guess]) -> dict[str, Data]:
    """A dataset of a theme that the city does not have yet."""
    if sensor_id(device, {}) != device:
        raise CityFileError(f"{device[:80]!r} cannot be a sensor's id: send to a topic that ends with another")
    values = next((guess.values for guess in found if guess.codec == DEFAULT_CODEC), [])
    licences = [dataset.licence for dataset in city.datasets.values()]
    dataset: dict[str, Data] = {
        "titles": {"nl": f"{theme.names['nl']} in {city.names['nl']}"},
        "licence": licences[0] if licences else "http://creativecommons.org/publicdomain/zero/1.0/",
        "origin": "measured",
    }
    (parts,) = _parts(_sensor(device, values, theme, city, None))
    return {"datasets": {theme.slug: {**dataset, **parts}}}


def _of_new_source(message: Message, city: City, guess: Guess) -> dict[str, Data]:
    """A source for a foreign scheme, with the sensor that the message comes from."""
    datasets = list(city.datasets.values())
    if not datasets:
        raise CityFileError(f"{city.slug} has no dataset that it could belong to")
    dataset = max(datasets, key=lambda one: len(known_names(guess.values, one.theme.properties)))
    place = place_of_device(message.topic, guess)
    sensor = sensor_id(place.device, dataset.sensors)
    own = [value for value in guess.values if value.sensor in (None, guess.values[0].sensor)]
    known = known_names(own, dataset.theme.properties)
    source: dict[str, Data] = {
        "id": free_id(place.scheme or guess.codec, {source.id for source in city.sources}),
        "filter": place.filter,
        "dataset": dataset.theme.slug,
        "codec": guess.codec,
    }
    source |= {"decoder": guess.decoder} if guess.decoder else {}
    source |= {"mapping": guess.mapping} if guess.mapping else {}
    source |= {"sensor_level": place.level} if place.level else {}
    source |= {"devices": {place.device: sensor}} if sensor != place.device else {}
    unknown = [name for name in dict.fromkeys(value.name for value in own) if name not in known]
    if not known and unknown:
        # Senders that number what they observe: which number is which property only the city knows.
        source["properties"] = {unknown[0]: likely_names(own, dataset.theme.properties)[0]}
    elif unknown and guess.codec != MAPPED:
        source["ignore"] = list[Data](unknown)
    return {"sources": [source], **_sensor(sensor, own, dataset.theme, city, dataset)}


def _sensor(sensor: str, values: list[Decoded], theme: Theme, city: City, dataset: Dataset | None) -> dict[str, Data]:
    """A sensor, with a site of its own where there is none of that name; where it stands must be filled in."""
    observed = likely_names(values, theme.properties)
    sensors: list[Data] = [{"id": sensor, "site": sensor, "properties": list[Data](observed)}]
    if dataset is not None and sensor in dataset.sites:
        return {"datasets": {theme.slug: {"sensors": sensors}}}
    site: dict[str, Data] = {
        "id": sensor,
        "names": {"nl": sensor},
        "kind": next(iter(theme.kinds), "site"),
        "point": {"latitude": city.latitude, "longitude": city.longitude},
    }
    if {derivation.source for derivation in theme.derived} & set(observed):
        site["capacity"] = 1
    return {"datasets": {theme.slug: {"sites": [site], "sensors": sensors}}}


def _parts(entry: dict[str, Data]) -> list[dict[str, Data]]:
    datasets = entry["datasets"]
    return [part for part in (datasets.values() if isinstance(datasets, dict) else []) if isinstance(part, dict)]
