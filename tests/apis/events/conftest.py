from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest

from stadspuls.registry import Registry
from stadspuls.settings import Settings
from tests.apis.events.stage import Stage
from tests.apis.kafka import running_kafka

Impatient = Callable[[], AbstractContextManager[pytest.MonkeyPatch]]


@pytest.fixture(autouse=True)
def quick_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("apis.live.state.LOOK_SECONDS", 0.05)
    monkeypatch.setattr("apis.live.state.RETRY_SECONDS", 0.05)
    monkeypatch.setattr("apis.events.hub.LOOK_SECONDS", 0.05)
    monkeypatch.setattr("apis.live.state.ASK_SECONDS", 2.0)


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is let go for being slow: a loaded machine is. A test that is about it says when, with `impatient`."""
    monkeypatch.setattr("apis.events.hub.STUCK_SECONDS", 600.0)
    # The clock of what the tests publish is of another year: whatever waits has waited long.
    monkeypatch.setattr("apis.events.hub.BEHIND_SECONDS", float("inf"))
    # A client that does not read answers no ping either.
    monkeypatch.setattr("apis.service.PING_SECONDS", 600.0)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> Impatient:
    """While it is entered, whoever does not read at this moment is let go."""

    @contextmanager
    def entered() -> Iterator[pytest.MonkeyPatch]:
        with monkeypatch.context() as patch:
            patch.setattr("apis.events.hub.STUCK_SECONDS", 0.0)
            yield patch

    return entered


@pytest.fixture
def stage(settings: Settings, registry: Registry) -> Iterator[Stage]:
    with running_kafka() as kafka:
        yield Stage(settings, registry, kafka)
