"""What the first tiles of a board say, as Prometheus works it out: of datasets that are fresh, stale or unknown."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.boards import every_board
from stadspuls.registry import load_registry
from stadspuls.settings import ROOT


def asked(panel: int) -> str:
    """The question of a panel of Ghent's board."""
    boards = every_board(load_registry(ROOT / "cities", ROOT / "themes"))
    (document,) = (board.document for board in boards if board.uid == "stadspuls-gent-en")
    panels: Any = document["panels"]
    expr: str = panels[panel]["targets"][0]["expr"]
    return expr


def series(dataset: str, age: float, due: float, api: str = "api-1") -> dict[str, str]:
    labels = f'{{dataset="{dataset}", instance="{api}"}}'
    return {f"stadspuls_dataset_age_seconds{labels}": str(age), f"stadspuls_dataset_due_seconds{labels}": str(due)}


FRESH = series("gent/parking", 30, 90)
STALE = series("gent/air-quality", 400, 180)
ELSEWHERE = series("kortrijk/parking", 9000, 90)
TWICE = series("gent/air-quality", 400, 180, "api-2")


@pytest.mark.parametrize(
    ("panel", "given", "said"),
    [
        (0, FRESH, 0),
        (0, FRESH | STALE | ELSEWHERE, 1),
        (0, FRESH | STALE | TWICE, 1),
        # Nobody knows: that is not a green nothing.
        (0, ELSEWHERE, None),
        (1, FRESH | STALE, 30 / 90),
        (2, FRESH | STALE | TWICE, 400 / 180),
        (2, FRESH, None),
    ],
)
def test_a_tile_says(panel: int, given: dict[str, str], said: float | None, tmp_path: Path) -> None:
    found = shutil.which("promtool")
    if found is None:
        pytest.skip("promtool is not installed (Debian: prometheus)")
    samples = [] if said is None else [{"labels": "{}", "value": said}]
    check = {"expr": asked(panel), "eval_time": "0m", "exp_samples": samples}
    inputs = [{"series": name, "values": value} for name, value in given.items()]
    file = tmp_path / "cases.yml"
    file.write_text(yaml.safe_dump({"tests": [{"input_series": inputs, "promql_expr_test": [check]}]}))
    done = subprocess.run([found, "test", "rules", str(file)], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
