"""Registries as they were: a closed page describes sites with the registry that was in force when it was closed."""

from functools import lru_cache

from stadspuls.errors import RegistryError
from stadspuls.logs import get_logger
from stadspuls.registry import Registry
from stadspuls.registry.snapshots import read_snapshot, take_snapshot
from stadspuls.settings import Settings

REMEMBERED = 4
"""Former registries kept in memory."""


class Registries:
    """The registry in force, and those that were, by version."""

    def __init__(self, settings: Settings, present: Registry) -> None:
        self.present = present
        self._settings = settings
        self._former = lru_cache(REMEMBERED)(self._load)

    def keep_present(self) -> None:
        """Copy the files of the registry in force, unless they are kept already."""
        try:
            if read_snapshot(self._settings, self.present.version) is None:
                take_snapshot(self._settings)
        except (OSError, RegistryError) as error:
            get_logger().warning("the registry's files are not kept for pages closed under it", why=str(error))

    def version(self, version: str) -> Registry:
        """The registry of that version; the one in force when that is not kept here."""
        if version == self.present.version:
            return self.present
        return self._former(version) or self.present

    def _load(self, version: str) -> Registry | None:
        try:
            return read_snapshot(self._settings, version)
        except RegistryError as error:
            get_logger().warning("a former registry cannot be read any more", registry=version, why=str(error))
            return None
