"""What an identifier of ours stands for: found in the registry, or in the store where the registry has forgotten it."""

from contextlib import suppress
from dataclasses import dataclass, field

from apis.access import find_city, find_dataset, require_observations
from apis.context import Context
from apis.instants import EARLIEST, LATEST
from apis.pages.plain import series
from stadspuls.clock import parse_rfc3339, rfc3339
from stadspuls.errors import UnknownPath
from stadspuls.model import Datastream, Observation
from stadspuls.registry import City, Dataset
from store import HistoryQuery

IN_DATASET = {"dataset": 1, "site": 2, "sensor": 2, "property": 2, "datastream": 3, "observation": 4}
"""By kind of thing within a dataset: how many parts its reference has; the first is the theme."""


@dataclass(frozen=True, kw_only=True)
class Thing:
    """Something with an identifier: its kind, what its reference names within the dataset, and what is known of it."""

    kind: str
    city: City
    dataset: Dataset | None = None
    names: tuple[str, ...] = ()
    streams: list[Datastream] = field(default_factory=list)
    """The series that it is part of."""
    observation: Observation | None = None


async def find_thing(context: Context, city_slug: str, kind: str, reference: str) -> Thing:
    """What `/{city}/id/{kind}/{reference}` stands for.

    Raises:
        UnknownPath: nothing has that identifier.
        UnknownCity: no city has that slug.
        UnknownDataset: the city has no such dataset, or it is private.
        OnlyAggregates: single observations of the dataset are not public.
        Unavailable: the store must be asked and does not answer.
    """
    parts = tuple(reference.split("/"))
    if kind == "city" and parts == (city_slug,):
        return Thing(kind="city", city=find_city(context.registry, city_slug))
    if IN_DATASET.get(kind) != len(parts):
        raise _unknown(city_slug, kind, reference)
    dataset = find_dataset(context.registry, city_slug, parts[0])
    thing = await _within(context, dataset, kind, parts[1:])
    if thing is None:
        raise _unknown(city_slug, kind, reference)
    return thing


async def _within(context: Context, dataset: Dataset, kind: str, names: tuple[str, ...]) -> Thing | None:
    if kind == "observation":
        require_observations(dataset)
        observation = await _observation(context, dataset, *names)
        if observation is None:
            return None
        streams = [observation.datastream]
        return Thing(
            kind=kind, city=dataset.city, dataset=dataset, names=names, streams=streams, observation=observation
        )
    thing = Thing(kind=kind, city=dataset.city, dataset=dataset, names=names)
    if kind != "dataset":
        thing.streams.extend(_streams(context, dataset, kind, names))
    registered = kind == "dataset" or _is_registered(dataset, kind, names[0])
    return thing if registered or thing.streams else None


def _is_registered(dataset: Dataset, kind: str, name: str) -> bool:
    """Whether the registry has a site or property of that name, with or without series."""
    return (kind == "site" and name in dataset.sites) or (kind == "property" and name in dataset.theme.properties)


def _streams(context: Context, dataset: Dataset, kind: str, names: tuple[str, ...]) -> list[Datastream]:
    def belongs(stream: Datastream) -> bool:
        return names == {
            "site": (stream.site,),
            "sensor": (stream.sensor,),
            "property": (stream.observed_property,),
            "datastream": (stream.sensor, stream.observed_property),
        }.get(kind)

    known = [stream for stream in series(dataset) if belongs(stream)]
    if known or _is_registered(dataset, kind, names[0]):
        return known
    return [o.datastream for o in context.live.former(dataset.name) if belongs(o.datastream)]


async def _observation(
    context: Context, dataset: Dataset, sensor: str, observed_property: str, instant: str
) -> Observation | None:
    with suppress(ValueError, OverflowError):
        at = parse_rfc3339(instant)
        if not EARLIEST <= at <= LATEST or rfc3339(at) != instant:
            return None
        query = HistoryQuery(
            dataset=dataset.name,
            start=at,
            end=at + 1,
            sensors=frozenset({sensor}),
            properties=frozenset({observed_property}),
            limit=1,
        )
        found = await context.readers.ask(lambda reader: reader.history(query))
        return found[0] if found else None
    return None


def _unknown(city: str, kind: str, reference: str) -> UnknownPath:
    return UnknownPath(f"nothing has the identifier /{city}/id/{kind}/{reference[:200]}")
