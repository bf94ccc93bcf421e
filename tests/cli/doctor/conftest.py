"""A doctor for one data folder, and what tests want to know of what it says."""

from pathlib import Path

import pytest

from tests.cli.doctor.patient import Patient


@pytest.fixture
def patient(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Patient:
    """An embedded platform that has not been started, without a fault, in an empty folder."""
    return Patient(tmp_path, monkeypatch)
