"""Other people's validators, and an API for them to judge."""

from collections.abc import Iterator

import pytest

from stadspuls.registry import Registry
from tests.conformance.serving import shipped_cities


@pytest.fixture(scope="session")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Registry]]:
    with shipped_cities(tmp_path_factory.mktemp("shipped")) as running:
        yield running
