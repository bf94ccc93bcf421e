"""A platform with a fault, the doctor that looks at it, and the cure done as the doctor names it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cli.commands.doctor import look_at_everything
from cli.doctor.finding import Finding, Level
from deploy.servers.ports import free_port
from stadspuls.settings import ROOT, Settings, load_settings

LIMIT = 120.0
"""A busy machine may need longer than an operator waits."""
EXPLAINED = ("adjtimex",)
"""Where a finding tells of the machine the tests run on, and of nothing that they have planted."""


class Patient:
    """Settings of one platform in this process's environment."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self._monkeypatch = monkeypatch
        for name in [name for name in os.environ if name.startswith("STADSPULS_")]:
            monkeypatch.delenv(name)
        monkeypatch.chdir(folder)
        self.set(DATA_DIR=str(folder / "data"), HTTP_PORT=str(free_port()), MQTT_PORT=str(free_port()))

    def set(self, **settings: str) -> None:
        for name, value in settings.items():
            self._monkeypatch.setenv(f"STADSPULS_{name}", value)

    def unset(self, name: str) -> None:
        self._monkeypatch.delenv(f"STADSPULS_{name}")

    @property
    def settings(self) -> Settings:
        return load_settings()

    def told(self) -> list[tuple[str, Finding]]:
        """What the doctor says but what is good, each with its check."""
        return [
            (each.check.name, finding)
            for each in look_at_everything(seconds=LIMIT)
            for finding in each.findings
            if finding.level is not Level.GOOD and finding.where not in EXPLAINED
        ]

    def fault(self, check: str, level: Level = Level.WRONG) -> Finding:
        """The one fault that is told."""
        faults = [(name, finding) for name, finding in self.told() if finding.level is not Level.UNKNOWN]
        assert [(name, finding.level) for name, finding in faults] == [(check, level)], faults
        return faults[0][1]

    def healthy(self) -> bool:
        told = self.told()
        assert not told, told
        return True

    def do(self, finding: Finding) -> None:
        """The cure, as a shell takes it."""
        assert finding.command
        run(finding.command)


def run(command: str) -> str:
    """A command of an operator, with `stadspuls` on the path; its output."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = os.environ | {"PATH": path, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        ["/bin/sh", "-c", command], env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
