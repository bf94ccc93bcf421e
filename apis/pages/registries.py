"""Registries as they were: a closed page describes sites with the registry that was in force when it was closed."""

import shutil
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

from stadspuls.errors import RegistryError
from stadspuls.logs import get_logger
from stadspuls.registry import Registry, load_registry
from stadspuls.settings import Settings

REMEMBERED = 4
"""Former registries kept in memory."""


class Registries:
    """The registry in force, and copies of those that were, by version, in `registries/` of the data folder."""

    def __init__(self, settings: Settings, present: Registry) -> None:
        self._settings = settings
        self._folder = settings.data_dir / "registries"
        self._present = present
        self._former = lru_cache(REMEMBERED)(self._load)

    def keep_present(self) -> None:
        """Copy the files of the registry in force, unless they are kept already."""
        place = self._folder / self._present.version
        if place.exists():
            return
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with TemporaryDirectory(dir=self._folder) as folder:
                made = Path(folder) / "made"
                shutil.copytree(self._settings.cities_dir, made / "cities")
                shutil.copytree(self._settings.themes_dir, made / "themes")
                # Somebody may have written into the files since they were loaded.
                if load_registry(made / "cities", made / "themes").version == self._present.version:
                    made.rename(place)
        except (OSError, RegistryError) as error:
            if not place.exists():
                get_logger().warning("the registry's files are not kept for pages closed under it", why=str(error))

    def version(self, version: str) -> Registry:
        """The registry of that version; the one in force when that is not kept here."""
        return self._present if version == self._present.version else self._former(version)

    def _load(self, version: str) -> Registry:
        place = self._folder / version
        # Versions come from the log: one that is not a plain name must not lead elsewhere.
        if version.isalnum() and place.is_dir():
            try:
                return load_registry(place / "cities", place / "themes")
            except RegistryError as error:
                get_logger().warning("a former registry cannot be read any more", version=version, why=str(error))
        return self._present
