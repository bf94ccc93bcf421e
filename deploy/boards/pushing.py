"""Boards of a registry sent to a running Grafana: again and again, and always the same there."""

from typing import NamedTuple

from deploy.boards.board import REGISTRY_TAG, TAG
from deploy.boards.every import every_board
from deploy.boards.grafana import Grafana
from stadspuls.registry import Registry
from stadspuls.settings import Settings


class Pushed(NamedTuple):
    """What a push did."""

    boards: int
    changed: int
    """Boards and folders that were not there, or not so."""
    marked: bool
    """Whether this registry was new to Grafana."""


def push_boards(settings: Settings, registry: Registry, since: int) -> Pushed:
    """Bring folders, boards and the mark of the registry in force to Grafana.

    Args:
        settings: say where Grafana is, and hold the token.
        registry: what boards are made of.
        since: when it was put in force, in µs.

    Raises:
        BoardsError: when Grafana refuses or does not answer; what was sent before that stays.
    """
    boards = every_board(registry)
    with Grafana(settings) as grafana:
        changed = sum(map(grafana.put_folder, dict.fromkeys(board.folder for board in boards)))
        changed += sum(map(grafana.put_board, boards))
        text = f"Register {registry.version} van kracht / registry {registry.version} in force"
        marked = grafana.put_mark(text, [TAG, REGISTRY_TAG, f"registry:{registry.version}"], since)
    return Pushed(len(boards), changed, marked)
