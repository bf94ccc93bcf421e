"""A doctor for one data folder, and what tests want to know of what it says."""

import os
from pathlib import Path

import pytest

from tests.cli.doctor.patient import Patient


@pytest.fixture
def patient(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Patient:
    """An embedded platform that has not been started, without a fault, in an empty folder."""
    for name in list(os.environ):
        if name.startswith("STADSPULS_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return Patient(tmp_path, monkeypatch)
