"""The command line under test, as a child process that knows no settings of this machine."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Stadspuls = Callable[..., subprocess.CompletedProcess[str]]
ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def stadspuls(tmp_path: Path) -> Stadspuls:
    """Runs `stadspuls` with arguments in an empty folder; keyword arguments are `STADSPULS_*` variables."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("STADSPULS_")}

    def run(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        environment = ours | {f"STADSPULS_{name.upper()}": value for name, value in settings.items()}
        environment["PYTHONPATH"] = str(ROOT)
        command = [sys.executable, "-m", "cli.main", *arguments]
        return subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60, check=False
        )

    return run
