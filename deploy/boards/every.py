"""Every board of a registry."""

from collections.abc import Iterator

from deploy.boards.air_quality import air_quality_plan, is_air_quality
from deploy.boards.board import Board, Plan, boards_of
from deploy.boards.city import city_plan
from deploy.boards.parking import is_parking, parking_plan
from deploy.boards.platform import platform_plan
from deploy.boards.theme import theme_plan
from stadspuls.registry import Dataset, Registry


def every_board(registry: Registry) -> list[Board]:
    """The platform's board, one for each city and one for each of its datasets, in every language."""
    return [board for plan in _plans(registry) for board in boards_of(plan)]


def _plans(registry: Registry) -> Iterator[Plan]:
    yield platform_plan()
    for city in registry.cities.values():
        if not city.datasets:
            continue
        yield city_plan(city)
        yield from map(_dataset_plan, city.datasets.values())


def _dataset_plan(dataset: Dataset) -> Plan:
    if is_parking(dataset):
        return parking_plan(dataset)
    return air_quality_plan(dataset) if is_air_quality(dataset) else theme_plan(dataset)
