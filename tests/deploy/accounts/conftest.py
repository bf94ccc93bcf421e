"""A Mosquitto with accounts for the tests of this folder."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deploy.accounts.brokers import World, world_in


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with world_in(tmp_path / "data") as world:
        yield world
