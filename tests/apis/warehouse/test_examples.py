"""The examples of the documentation do what it says."""

import os
import re
import subprocess
import sys
from pathlib import Path

from stadspuls.clock import DAY, HOUR, MINUTE
from stadspuls.model import Quality
from stadspuls.registry import Registry
from stadspuls.settings import ROOT, Settings
from tests.apis.archive.conftest import MIDNIGHT, Log
from tests.apis.warehouse.conftest import ask, export

EXPECTED = [("Poort", 8, 5.0), ("Vrijdagmarkt", 8, 150.0), ("Vrijdagmarkt", 9, 90.5)]


def code(language: str) -> str:
    found = re.findall(rf"```{language}\n(.*?)```", (ROOT / "docs" / "export.md").read_text(), re.DOTALL)
    assert len(found) == 1
    return str(found[0])


def fill(log: Log) -> None:
    """A Monday and a Tuesday, and a Sunday that does not count."""
    eight = MIDNIGHT + 8 * HOUR
    log.publish(
        log.one(eight, 100.0),
        log.one(eight + 59 * MINUTE, 200.0),
        log.one(eight + HOUR, 90.5),
        log.one(eight + 1, 5.0, ("east", "vacantSpaces")),
        log.one(eight + 2, 9999.0, quality=Quality.SUSPECT, test="range"),
        log.one(eight + 3, True, ("S1", "occupied")),
        log.one(eight + DAY, 150.0),
        log.one(eight - DAY, 0.0),
    )


def test_the_question_for_duckdb(settings: Settings, registry: Registry, log: Log, folder: Path) -> None:
    fill(log)
    export(settings, registry, folder)
    assert ask(folder, code("sql")) == EXPECTED


def test_the_lines_of_pandas(settings: Settings, registry: Registry, log: Log, folder: Path, tmp_path: Path) -> None:
    fill(log)
    export(settings, registry, folder)
    # In a process of its own, as a reader would run it.
    done = subprocess.run(
        [sys.executable, "-c", code("python")],
        cwd=tmp_path,
        env=os.environ | {"PYTHONWARNINGS": "error"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    rows = re.findall(r"^ *(?:([A-Z]\w+) +)?(\d+) +([\d.]+)$", done.stdout, re.MULTILINE)
    assert [(hour, float(value)) for _, hour, value in rows] == [(str(hour), value) for _, hour, value in EXPECTED]
