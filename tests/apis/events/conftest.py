from collections.abc import Iterator

import pytest

from stadspuls.registry import Registry
from stadspuls.settings import Settings
from tests.apis.events.stage import Stage
from tests.apis.kafka import running_kafka


@pytest.fixture(autouse=True)
def quick_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("apis.live.state.LOOK_SECONDS", 0.05)
    monkeypatch.setattr("apis.live.state.RETRY_SECONDS", 0.05)
    monkeypatch.setattr("apis.events.hub.LOOK_SECONDS", 0.05)
    monkeypatch.setattr("apis.live.state.ASK_SECONDS", 2.0)


@pytest.fixture
def stage(settings: Settings, registry: Registry) -> Iterator[Stage]:
    with running_kafka() as kafka:
        yield Stage(settings, registry, kafka)
