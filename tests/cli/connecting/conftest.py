"""City files that a test may change."""

import shutil
from pathlib import Path

import pytest

from stadspuls.settings import ROOT, Settings, load_settings


@pytest.fixture
def shipped(tmp_path: Path) -> Settings:
    """Settings with copies of the shipped city and theme files."""
    shutil.copytree(ROOT / "cities", tmp_path / "cities")
    shutil.copytree(ROOT / "themes", tmp_path / "themes")
    return load_settings(
        None, cities_dir=tmp_path / "cities", themes_dir=tmp_path / "themes", data_dir=tmp_path / "data"
    )
