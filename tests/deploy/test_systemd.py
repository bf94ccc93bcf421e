"""The unit of systemd: systemd itself finds nothing wrong, and what it names is the project's."""

import shutil
import subprocess
from pathlib import Path

import pytest

from stadspuls.settings import ROOT, Settings

UNIT = ROOT / "deploy" / "systemd" / "stadspuls.service"


def settings_named(unit: str) -> set[str]:
    lines = [line for line in unit.splitlines() if line.startswith("Environment=")]
    words = [word for line in lines for word in line.removeprefix("Environment=").split()]
    return {word.partition("=")[0] for word in words}


def test_systemd_finds_nothing_wrong(tmp_path: Path) -> None:
    verify = shutil.which("systemd-analyze")
    if verify is None:
        pytest.skip("systemd-analyze is not installed (Debian: systemd)")
    # It looks whether the program is there: so it is, where the checkout of this test is.
    there = tmp_path / "stadspuls"
    there.write_text("#!/bin/sh\n")
    there.chmod(0o755)
    unit = tmp_path / UNIT.name
    unit.write_text(UNIT.read_text().replace("/opt/stadspuls/.venv/bin/stadspuls", str(there)))
    done = subprocess.run([verify, "verify", "--man=no", str(unit)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
    unit.write_text(unit.read_text().replace("ProtectSystem=strict", "ProtectSystem=perhaps"))
    done = subprocess.run([verify, "verify", "--man=no", str(unit)], capture_output=True, text=True, check=False)
    assert "perhaps" in done.stdout + done.stderr


def test_the_unit_names_settings_and_a_command_that_are_there() -> None:
    unit = UNIT.read_text()
    known = {f"STADSPULS_{name.upper()}" for name in Settings.model_fields}
    assert settings_named(unit) == {"STADSPULS_DATA_DIR", "STADSPULS_SIMULATE"} <= known
    assert "ExecStart=/opt/stadspuls/.venv/bin/stadspuls up\n" in unit
