"""Who may see what: the one place where visibility is enforced, before every interface.

A private dataset does not exist here. One that publishes aggregates gives no single observation, only windows of at
least an hour.
"""

from typing import Annotated

from fastapi import Depends, Path

from apis.context import ContextDep
from stadspuls.clock import HOUR
from stadspuls.errors import OnlyAggregates, UnknownCity, UnknownDataset, UnknownPath
from stadspuls.registry import City, Dataset, Registry
from stadspuls.registry.fields import RESERVED

SHORTEST_WINDOW = HOUR
"""Shorter windows of a count come close to the single observations that stay with the city."""


def visible_datasets(registry: Registry) -> list[Dataset]:
    """Every dataset that may be named in public, by name."""
    return [registry.datasets[name] for name in sorted(registry.datasets) if is_visible(registry.datasets[name])]


def is_visible(dataset: Dataset) -> bool:
    """Whether the dataset may be named in public."""
    return dataset.visibility != "private"


def gives_observations(dataset: Dataset) -> bool:
    """Whether single observations are public."""
    return dataset.visibility == "public"


def find_city(registry: Registry, city: str) -> City:
    """The city that a path names.

    Raises:
        UnknownPath: it is one of our words, or a file that browsers and robots ask for, and no misspelt city.
        UnknownCity: no city has that slug.
    """
    if city in registry.cities:
        return registry.cities[city]
    if city in RESERVED or "." in city:
        raise UnknownPath(f"nothing is published at /{city[:80]}; see /docs for what is")
    raise UnknownCity(f"no city is called {city[:80]!r} here")


def find_dataset(registry: Registry, city: str, theme: str) -> Dataset:
    """The dataset that a path names, when it may be named in public.

    Raises:
        UnknownPath: the first word is one of ours, or a file's name, and no city's.
        UnknownCity: no city has that slug.
        UnknownDataset: the city has no such dataset, or it is private: the two look the same.
    """
    dataset = find_city(registry, city).datasets.get(theme)
    if dataset is None or not is_visible(dataset):
        raise UnknownDataset(f"{city} publishes no dataset {theme!r}")
    return dataset


def require_observations(dataset: Dataset) -> None:
    """Refuse single observations of a dataset that publishes aggregates.

    Raises:
        OnlyAggregates: single observations stay with the city.
    """
    if not gives_observations(dataset):
        raise OnlyAggregates(f"{dataset.name} gives aggregates only: ask /{dataset.name}/history?every=1h or longer")


def require_window(dataset: Dataset, shortest: int) -> None:
    """Refuse windows that are too short for a dataset that publishes aggregates; `shortest` is in microseconds.

    Raises:
        OnlyAggregates: windows of this length are too close to single observations.
    """
    if not gives_observations(dataset) and shortest < SHORTEST_WINDOW:
        raise OnlyAggregates(f"{dataset.name} publishes windows of an hour (every=1h) or longer")


async def _visible(
    context: ContextDep,
    city: Annotated[str, Path(description="City (or region) by slug.", examples=["gent"])],
    theme: Annotated[str, Path(description="Theme by slug.", examples=["parking"])],
) -> Dataset:
    return find_dataset(context.registry, city, theme)


async def _observable(dataset: Annotated[Dataset, Depends(_visible)]) -> Dataset:
    require_observations(dataset)
    return dataset


VisibleDataset = Annotated[Dataset, Depends(_visible)]
"""The dataset of the path, when it may be named in public."""
ObservableDataset = Annotated[Dataset, Depends(_observable)]
"""The dataset of the path, when its single observations are public."""
