"""Boards drawn with what the real servers answer: every panel shows something that can be read.

`make boards-drawn` draws every board after some minutes of life; without it, one of each kind is drawn.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

import pytest
from playwright.sync_api import Browser

from benchmarks.chromium import find_chromium, launched
from deploy.boards import Board
from stadspuls.clock import now_us
from tests.platform.running import eventually
from tests.real.boards.life import live
from tests.real.boards.stage import Stage
from tests.real.drawing.answers import Range
from tests.real.drawing.asking import sources, until_now
from tests.real.drawing.board import draw_board
from tests.real.drawing.pictures import take
from tests.real.drawing.seen import faults, no_data, panels

FOLDER = "STADSPULS_DRAWN_BOARDS"
"""What the environment calls the folder for pictures of all boards."""
ONE_OF_EACH_KIND = ("the_platform-nl", "kortrijk-nl", "gent_parking-en", "gent_air-quality-nl", "kortrijk_noise-en")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    executable = find_chromium()
    if executable is None:
        if os.environ.get("CI"):
            pytest.fail("Chromium is not installed")
        pytest.skip("Chromium is not installed (on Debian: apt-get install chromium)")
    with launched(executable) as one:
        yield one


@pytest.mark.timeout(1800)
def test_every_panel_shows_what_can_be_read(
    stage: Stage, boards: list[Board], browser: Browser, tmp_path: Path
) -> None:
    folder, since = tmp_path, stage.begun
    wanted = [board for board in boards if board.uid.removeprefix("stadspuls-") in ONE_OF_EACH_KIND]
    if FOLDER in os.environ:
        folder, wanted = Path(os.environ[FOLDER]), boards
        folder.mkdir(parents=True, exist_ok=True)
        since = live(stage)
    found: list[str] = []
    for board in wanted:
        drawn = eventually(lambda board=board: complete(stage, board, since), 60)  # type: ignore[misc]
        cut_off = take(browser, drawn, folder / f"{board.uid}.png")
        found += [f"{board.uid}: {fault}" for fault in (*faults(drawn), *(f"{text!r} is cut off" for text in cut_off))]
    assert found == []


def complete(stage: Stage, board: Board, since: int) -> Element | None:
    """The drawn board once every panel has data."""
    stage.devices.send()
    with stage.influxdb() as client:
        asked = sources(client, stage.settings.influx_bucket, stage.metrics)
        drawn = draw_board(board.document, asked, range_of(board, since))
    return None if any(map(no_data, panels(drawn))) else drawn


def range_of(board: Board, since: int) -> Range:
    """The range that the board opens with; of boards that show Prometheus alone, what it has seen."""
    document: Any = board.document
    asked = [target for panel in document["panels"] if panel["type"] == "timeseries" for target in panel["targets"]]
    return Range(since, now_us()) if all("expr" in target for target in asked) else until_now(document["time"]["from"])
