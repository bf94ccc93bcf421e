"""Helm, the schemas of Kubernetes, and the chart rendered with each example."""

import pytest

from tests.deploy.helm.chart import EXAMPLES, Helm, Rendered
from tests.deploy.helm.schemas import Schemas
from tests.deploy.helm.tools import helm_program, schema_folder


@pytest.fixture(scope="session")
def helm() -> Helm:
    return Helm(helm_program())


@pytest.fixture(scope="session")
def schemas() -> Schemas:
    return Schemas(schema_folder())


@pytest.fixture(scope="session", params=EXAMPLES)
def rendered(request: pytest.FixtureRequest, helm: Helm) -> Rendered:
    return Rendered(helm.rendered(request.param))


@pytest.fixture(scope="session")
def everything(helm: Helm) -> Rendered:
    return Rendered(helm.rendered("everything"))
