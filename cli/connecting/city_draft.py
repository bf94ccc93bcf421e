"""A city's file with changes that are not written yet: tried beside all other files first, then put in its place."""

import glob
import shutil
import stat
from collections.abc import Callable, Mapping
from copy import deepcopy
from pathlib import Path
from tempfile import TemporaryDirectory

from cli.connecting.insertions import with_item, with_key, with_value
from cli.connecting.yaml_text import flow
from stadspuls.errors import CityFileError, RegistryError
from stadspuls.files import write_whole
from stadspuls.registry import Registry, load_registry, marked
from stadspuls.registry.marked import Data, Document
from stadspuls.settings import Settings


class CityDraft:
    """The text of a city's file, changed in memory.

    Attributes:
        text: the file as it would be.
        document: what it then holds.
    """

    def __init__(self, settings: Settings, city: str) -> None:
        """Read the file.

        Raises:
            CityFileError: when there is none, or it cannot be read.
            RegistryError: when it is no YAML.
        """
        self.file = settings.cities_dir / f"{city}.yaml"
        self.name = f"{settings.cities_dir.resolve().name}/{self.file.name}"
        self._settings = settings
        try:
            self._before = self.file.read_bytes()
            self.text = self._before.decode()
        except (OSError, UnicodeDecodeError) as error:
            raise CityFileError(f"{self.name} cannot be read: {error}") from error
        self.document = Document(self.name, self.text)
        if self.document.mistakes:
            raise RegistryError([str(mistake) for mistake in self.document.mistakes])

    def append(self, path: marked.Path, item: Mapping[str, Data]) -> None:
        """Add an item to the list at `path`.

        Raises:
            CityFileError: when the text there cannot be extended by a program.
        """

        def wanted(data: dict[str, Data]) -> None:
            parent, key = _at(data, path[:-1]), path[-1]
            listed = parent.get(key)
            parent[key] = [*(listed if isinstance(listed, list) else []), dict(item)]

        self._change(lambda text: with_item(text, path, item), wanted, flow(dict(item)))

    def put(self, path: marked.Path, key: str, value: Data) -> None:
        """Add a key to the mapping at `path`, which is made where there is none; errors as `append`."""
        if not self.document.holds(path):
            self.put(path[:-1], str(path[-1]), {key: value})
            return

        def wanted(data: dict[str, Data]) -> None:
            _at(data, path)[key] = value

        self._change(lambda text: with_key(text, path, key, value), wanted, flow({key: value}))

    def replace(self, path: marked.Path, value: Data) -> None:
        """Put another value in place of the one at `path`; errors as `append`."""

        def wanted(data: dict[str, Data]) -> None:
            _at(data, path[:-1])[path[-1]] = value

        self._change(lambda text: with_value(text, path, value), wanted, flow(value))

    def save(self) -> Registry:
        """Put the text in the file's place, if the whole registry is without mistakes then; returns that registry.

        Raises:
            RegistryError: with every mistake; the file is as it was.
            CityFileError: when the file was changed meanwhile, or cannot be written.
        """
        registry = registry_with(self._settings, {self.file.name: self.text.encode()})
        if self.file.read_bytes() != self._before:
            raise CityFileError(f"{self.name} was changed by somebody else meanwhile; try again")
        try:
            file = self.file.resolve()
            write_whole(file, self.text.encode(), stat.S_IMODE(file.stat().st_mode))
        except OSError as error:
            raise CityFileError(f"{self.name} cannot be written: {error.strerror}") from error
        return registry

    def _change(self, edit: Callable[[str], str], wanted: Callable[[dict[str, Data]], None], what: str) -> None:
        """Edit the text; what it then holds must be what it held, changed as wanted, and nothing else."""
        data = deepcopy(self.document.data)
        try:
            if not isinstance(data, dict):
                raise LookupError
            wanted(data)
            text = edit(self.text)
        except (LookupError, TypeError, AttributeError):
            text = ""
        changed = Document(self.name, text)
        if changed.mistakes or changed.data != data:
            raise CityFileError(f"{self.name} is written in a way that no program should change; add yourself: {what}")
        self.text, self.document = text, changed


def registry_with(settings: Settings, files: Mapping[str, bytes], only: str | None = None) -> Registry:
    """The registry as it would be with these files, by their place below `cities/`; its codecs cannot be used.

    Args:
        settings: where the files are.
        files: instead of those that are there.
        only: the city to look at; None: all. No city's mistakes hang on another's file.

    Raises:
        RegistryError: with every mistake.
    """
    source = settings.cities_dir.resolve()
    if not source.is_dir():
        raise RegistryError([f"{settings.cities_dir}:1: no such folder"])
    with TemporaryDirectory() as draft:
        cities = Path(draft) / source.name
        others = () if only is None else {path.name for path in source.iterdir()} - {f"{only}.yaml", only}
        ignored = shutil.ignore_patterns("__pycache__", *(glob.escape(name) for name in others))
        shutil.copytree(source, cities, ignore=ignored)
        for name, content in files.items():
            (cities / name).parent.mkdir(exist_ok=True)
            (cities / name).write_bytes(content)
        return load_registry(cities, settings.themes_dir)


def _at(data: Data, path: marked.Path) -> dict[str | int, Data]:
    found: object = data
    for part in path:
        found = found[part]  # type: ignore[index]
    if not isinstance(found, dict):
        raise LookupError(path)
    return found
