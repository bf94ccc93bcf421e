"""Registries as they were and are: copies of the files by version, in `registries/` of the data folder."""

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from stadspuls.errors import RegistryError
from stadspuls.registry.loader import load_registry
from stadspuls.registry.routes import Registry
from stadspuls.settings import Settings

FOLDER = "registries"


def folder_of(settings: Settings) -> Path:
    """Where the copies are kept."""
    return settings.data_dir / FOLDER


def take_snapshot(settings: Settings) -> Registry:
    """Copy the city and theme files as they are now, unless that version is kept already; the registry of the copy.

    Raises:
        RegistryError: with every mistake in them; nothing is kept then.
        OSError: when the disk does not take the copy.
    """
    folder = folder_of(settings)
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=folder) as draft:
        cities, themes = Path(draft) / "made" / "cities", Path(draft) / "made" / "themes"
        for source, target in ((settings.cities_dir, cities), (settings.themes_dir, themes)):
            if not source.is_dir():
                raise RegistryError([f"{source}:1: no such folder"])
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        # Not the files themselves: somebody may write into them meanwhile.
        version = load_registry(cities, themes).version
        place = folder / version
        if not place.exists():
            _rename(Path(draft) / "made", place)
        return load_registry(place / "cities", place / "themes")


def read_snapshot(settings: Settings, version: str) -> Registry | None:
    """The registry of that version; None when it is not kept here.

    Raises:
        RegistryError: when this Stadspuls finds mistakes in what an earlier one took.
    """
    place = folder_of(settings) / version
    # Versions come from the log: one that is not a plain name must not lead elsewhere.
    if not version.isalnum() or not place.is_dir():
        return None
    return load_registry(place / "cities", place / "themes")


def _rename(made: Path, place: Path) -> None:
    try:
        made.rename(place)
    except OSError:
        # Another process was first with the same version.
        if not place.exists():
            raise
