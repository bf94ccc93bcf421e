"""What all tests of boards look at: one platform on the real servers, and the boards of its registry."""

from collections.abc import Iterator

import pytest

from deploy.boards import Board, every_board
from deploy.servers.running import Running
from tests.real.boards.stage import Stage, staged
from tests.real.serving import forget_session, settings_for


@pytest.fixture(scope="package")
def stage(
    mosquitto: Running,
    kafka: Running,
    influxdb: Running,
    tmp_path_factory: pytest.TempPathFactory,
    request: pytest.FixtureRequest,
) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp("boards")
    settings = settings_for(mosquitto, kafka, influxdb, folder)
    with staged(settings, folder, request) as one:
        yield one
    forget_session(settings)


@pytest.fixture(scope="package")
def boards(stage: Stage) -> list[Board]:
    return every_board(stage.registry)
