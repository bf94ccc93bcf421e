import pytest

from stadspuls.registry import Registry
from tests.streams.small_city import MakeReading, reading_maker, small_registry


@pytest.fixture
def registry() -> Registry:
    return small_registry()


@pytest.fixture
def reading(registry: Registry) -> MakeReading:
    return reading_maker(registry)
