"""Boards as files, for a Grafana that is provisioned from a folder (`foldersFromFilesStructure: true`)."""

import json
import re
from collections.abc import Iterable
from pathlib import Path

from deploy.boards.board import TAG, Board, Folder
from stadspuls.errors import BoardsError

_NOT_IN_A_NAME = re.compile(r"[^\w' -]")


def write_boards(boards: Iterable[Board], folder: Path) -> int:
    """Write a file for each board below a folder for each city, and take away those of boards that are no more.

    Returns:
        How many boards there are.

    Raises:
        BoardsError: when the folder does not take them.
    """
    files = {folder / directory_name(board.folder) / f"{board.uid}.json": board for board in boards}
    try:
        for file, board in files.items():
            file.parent.mkdir(parents=True, exist_ok=True)
            _write(file, json.dumps(board.document, indent=2, ensure_ascii=False) + "\n")
        for gone in set(folder.glob(f"*/{TAG}*.json")) - files.keys():
            gone.unlink()
    except OSError as error:
        raise BoardsError(f"{error.filename} cannot be written: {error.strerror}") from error
    return len(files)


def directory_name(folder: Folder) -> str:
    """What the directory is called, after which Grafana calls its folder."""
    return _NOT_IN_A_NAME.sub("-", folder.title).strip() or folder.uid


def _write(file: Path, text: str) -> None:
    """Whole or not at all: Grafana looks every few seconds."""
    draft = file.with_suffix(".draft")
    draft.write_text(text, encoding="utf-8")
    draft.replace(file)
