"""The application over cities that measure, and its catalogues as graphs."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.apis.catalogue.measured import api_over, measured_registry
from tests.apis.conftest import Api


@pytest.fixture
def api(tmp_path: Path) -> Iterator[Api]:
    with api_over(measured_registry(tmp_path), tmp_path) as running:
        yield running


@pytest.fixture
def filled(tmp_path: Path) -> Iterator[Api]:
    with api_over(measured_registry(tmp_path), tmp_path, filled=True) as running:
        yield running
