"""Reads `cities/` and `themes/` into a registry, or tells every mistake in them."""

from pathlib import Path

from stadspuls.registry.routes import Registry


def load_registry(cities_dir: Path, themes_dir: Path) -> Registry:
    """The registry of the city files and theme files in two folders.

    Raises:
        RegistryError: with every mistake of every file, each as `file:line: field: text`.
    """
    raise NotImplementedError
