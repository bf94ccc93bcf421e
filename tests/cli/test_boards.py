"""`stadspuls boards`: files for provisioning, and a push."""

import subprocess
from collections.abc import Callable
from pathlib import Path

from tests.deploy.boards.grafana_stand_in import TOKEN, grafana_stand_in

Stadspuls = Callable[..., subprocess.CompletedProcess[str]]


def test_boards_are_written_into_a_folder_for_each_city(stadspuls: Stadspuls, tmp_path: Path) -> None:
    answer = stadspuls("boards", "write", "boards")
    assert answer.returncode == 0, answer.stderr
    (file,) = tmp_path.rglob("stadspuls-gent_parking-nl.json")
    assert file.parent.name == "Gent"
    count = len(list(tmp_path.rglob("stadspuls*.json")))
    assert answer.stdout == f"{count} boards in boards\n"


def test_boards_are_pushed_with_a_token_from_a_file(stadspuls: Stadspuls, tmp_path: Path) -> None:
    (tmp_path / "token").write_text(f"{TOKEN}\n")
    with grafana_stand_in() as grafana:
        given = {"grafana_url": grafana.url, "grafana_token_file": str(tmp_path / "token")}
        first, second = stadspuls("boards", "push", **given), stadspuls("boards", "push", **given)
    assert first.returncode == 0, first.stderr
    assert "marked: another registry is in force" in first.stdout
    assert "; 0 boards and folders changed\n" in second.stdout


def test_without_a_token_a_push_says_so(stadspuls: Stadspuls) -> None:
    answer = stadspuls("boards", "push")
    assert answer.returncode == 1
    assert "STADSPULS_GRAFANA_TOKEN is not set" in answer.stderr
    assert "Traceback" not in answer.stderr
