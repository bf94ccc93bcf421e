"""Reads `cities/` and `themes/` into a registry, or tells every mistake in them."""

from collections.abc import Set
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from stadspuls.codecs import KNOWN_CODECS
from stadspuls.errors import RegistryError
from stadspuls.registry import marked
from stadspuls.registry.build import build_city, build_theme
from stadspuls.registry.check_sources import check_sources
from stadspuls.registry.checks import check_city, check_slug, check_theme
from stadspuls.registry.fields import Written
from stadspuls.registry.marked import Document
from stadspuls.registry.routes import Registry
from stadspuls.registry.written import CityFile, ThemeFile

_MESSAGES = {
    "missing": "is missing",
    "extra_forbidden": "no such field here",
    "model_type": "should be a mapping (name: value)",
    "dict_type": "should be a mapping (name: value)",
    "string_type": "should be text; put a number, date or yes/no between quotes",
}
"""Plainer words for some of pydantic's errors, by their type."""

_File = TypeVar("_File", bound=Written)


def load_registry(cities_dir: Path, themes_dir: Path, codecs: Set[str] = KNOWN_CODECS) -> Registry:
    """The registry of the city files and theme files in two folders.

    Raises:
        RegistryError: with every mistake of every file, each as `file:line: field: text`.
    """
    folders = _Folders(cities_dir, themes_dir)
    themes, cities = folders.themes, folders.cities
    theme_files = {slug: _check_fields(document, ThemeFile) for slug, document in themes.items()}
    city_files = {slug: _check_fields(document, CityFile) for slug, document in cities.items()}
    for slug, document in (*themes.items(), *cities.items()):
        check_slug(document, slug)
    for document in themes.values():
        check_theme(document)
    for document in cities.values():
        check_city(document, themes)
        check_sources(document, themes, codecs, cities_dir)
    folders.refuse_mistakes()
    built_themes = {slug: build_theme(written) for slug, written in theme_files.items() if written}
    built_cities = {
        slug: build_city(written, built_themes, cities_dir) for slug, written in city_files.items() if written
    }
    return Registry(built_cities, built_themes, folders.version, folders.changed)


class _Folders:
    """The files of the two folders, by slug, and what is wrong with them."""

    def __init__(self, cities_dir: Path, themes_dir: Path) -> None:
        self._digest = sha256()
        self._mistakes: list[str] = []
        self.changed = 0
        """When the newest file was written, in microseconds."""
        self.themes = self._read(themes_dir)
        self.cities = self._read(cities_dir)

    @property
    def version(self) -> str:
        """12 hexadecimal digits of the SHA-256 of all names and contents."""
        return self._digest.hexdigest()[:12]

    def refuse_mistakes(self) -> None:
        """Raise RegistryError when any file has a mistake."""
        found = [m for document in (*self.themes.values(), *self.cities.values()) for m in document.mistakes]
        mistakes = [*self._mistakes, *map(str, sorted(found))]
        if mistakes:
            raise RegistryError(mistakes)

    def _read(self, folder: Path) -> dict[str, Document]:
        if not folder.is_dir():
            self._mistakes.append(f"{folder}:1: no such folder")
            return {}
        documents: dict[str, Document] = {}
        # What a city's own code reads changes with the code.
        for path in sorted(folder.glob("*/*.py")):
            self._take_in(f"{folder.name}/{path.parent.name}/{path.name}", path.read_bytes())
        for path in sorted(folder.iterdir()):
            name = f"{folder.name}/{path.name}"
            if path.suffix == ".yml":
                self._mistakes.append(f"{name}:1: files end with .yaml; rename it")
            if path.suffix == ".yaml":
                documents[path.stem] = self._document(path, name)
        return documents

    def _document(self, path: Path, name: str) -> Document:
        content = path.read_bytes()
        self.changed = max(self.changed, path.stat().st_mtime_ns // 1000)
        self._take_in(name, content)
        try:
            return Document(name, content.decode())
        except UnicodeDecodeError as error:
            line = content[: error.start].count(b"\n") + 1
            self._mistakes.append(f"{name}:{line}: not UTF-8")
            return Document(name, "")

    def _take_in(self, name: str, content: bytes) -> None:
        self._digest.update(f"{name}\0{len(content)}\0".encode() + content)


def _check_fields(document: Document, model: type[_File]) -> _File | None:
    """What a file holds as its model; None and mistakes noted when some field is wrong."""
    if document.mistakes and document.data is None:
        return None
    try:
        return model.model_validate(document.data)
    except ValidationError as error:
        messages: dict[marked.Path, list[str]] = {}
        for details in error.errors():
            messages.setdefault(_place(document, details), []).append(_message(details))
        # A field that may be of two types gives an error for each: they are told as one.
        for place, texts in messages.items():
            document.mistake(place, " or ".join(dict.fromkeys(texts)))
        return None


def _place(document: Document, error: ErrorDetails) -> marked.Path:
    place = error["loc"]
    if error["type"] == "missing":
        return place
    while not document.holds(place):
        place = place[:-1]
    return place


def _message(error: ErrorDetails) -> str:
    return _MESSAGES.get(error["type"]) or error["msg"].removeprefix("Value error, ")
