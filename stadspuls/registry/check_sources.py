"""Mistakes of a city's sources that show only beside its datasets, its themes, its other sources, its own code."""

import ast
from collections.abc import Iterable, Set
from pathlib import Path as FilePath

from stadspuls.codecs import CITY_CODE, MAPPED, conversion
from stadspuls.registry.check_polls import check_poll
from stadspuls.registry.checks import Themes, check_repeated, unknown
from stadspuls.registry.filters import filter_mistake, overlap
from stadspuls.registry.marked import Document, Path
from stadspuls.registry.sources import FILE_NAME
from stadspuls.registry.units import is_unit

_OPTIONS = {"decoder": "the-things-stack", "mapping": MAPPED, "code": CITY_CODE}
"""Which codec a field of a source belongs to."""
_REQUIRED = ("mapping", "code")


def check_sources(document: Document, themes: Themes, codecs: Set[str], cities_dir: FilePath) -> None:
    """A city's sources name what there is, and do not get in each other's way."""
    check_repeated(document, [("sources", i, "id") for i in range(document.count("sources"))])
    for i in range(document.count("sources")):
        _check_source(document, i, themes, codecs, cities_dir / document.word("slug"))
        _check_overlaps(document, i, themes)


def _check_source(document: Document, i: int, themes: Themes, codecs: Set[str], folder: FilePath) -> None:
    path: Path = ("sources", i)
    dataset, codec = document.word(*path, "dataset"), document.word(*path, "codec")
    if dataset and dataset not in document.keys("datasets"):
        document.mistake((*path, "dataset"), unknown("dataset", dataset, "in this city", document.keys("datasets")))
    if codec and codec not in codecs:
        document.mistake((*path, "codec"), unknown("codec", codec, "here", sorted(codecs)))
    _check_options(document, path, codec)
    _check_code(document, path, folder)
    _check_names(document, path, themes)
    check_poll(document, path)
    if filter_ := document.word(*path, "filter"):
        _check_filter(document, path, filter_)


def _check_filter(document: Document, path: Path, filter_: str) -> None:
    slug, level = document.word("slug"), document.at(*path, "sensor_level")
    levels = filter_.split("/")
    if mistake := filter_mistake(filter_):
        document.mistake((*path, "filter"), f"{filter_!r}: {mistake}")
    elif slug and levels[0] != slug:
        document.mistake((*path, "filter"), f"{filter_!r} must begin with the city's slug: {slug}/...")
    elif isinstance(level, int) and level > len(levels) and levels[-1] != "#":
        document.mistake((*path, "sensor_level"), f"{level}, but topics of {filter_!r} have {len(levels)} levels")


def _check_overlaps(document: Document, i: int, themes: Iterable[str]) -> None:
    filter_, slug = document.word("sources", i, "filter"), document.word("slug")
    if not filter_ or filter_mistake(filter_):
        return
    path = ("sources", i, "filter")
    for theme in sorted(themes):
        if overlap(filter_, own := f"{slug}/{theme}/+"):
            document.mistake(path, f"{filter_!r} overlaps with the city's own topics, {own!r}")
    for j in range(i):
        other = document.word("sources", j, "filter")
        if other and not filter_mistake(other) and overlap(filter_, other):
            document.mistake(path, f"{filter_!r} overlaps with {other!r} of sources[{j}]")


def _check_options(document: Document, path: Path, codec: str) -> None:
    for field, owner in _OPTIONS.items():
        given = document.holds((*path, field))
        if given and codec != owner:
            document.mistake((*path, field), f"belongs to the codec {owner}, and this one is {codec}")
        elif not given and codec == owner and field in _REQUIRED:
            document.mistake((*path, "codec"), f"{codec} needs {field!r} beside it")


def _check_code(document: Document, path: Path, folder: FilePath) -> None:
    """A city's own code is there and has the function; it is not run here."""
    name = document.word(*path, "code", "file")
    if not FILE_NAME.fullmatch(name):
        return
    place, file = (*path, "code", "file"), folder / name
    function = document.word(*path, "code", "function") or "decode"
    try:
        tree = ast.parse(file.read_bytes())
    except OSError:
        document.mistake(place, f"no file {folder.parent.name}/{folder.name}/{name}")
    except (SyntaxError, ValueError) as error:
        document.mistake(place, f"{name} is no Python: {error}")
    else:
        if function.split(".")[0] not in _defined(tree):
            document.mistake((*path, "code"), f"{name} has no {function!r}")


def _defined(tree: ast.Module) -> set[str]:
    names: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign):
            names.update(target.id for target in node.targets if isinstance(target, ast.Name))
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            names.add(node.target.id)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names.update(alias.asname or alias.name for alias in node.names)
    return names


def _check_names(document: Document, path: Path, themes: Themes) -> None:
    """Names of senders lead to sensors and properties that there are, in units that can be converted."""
    dataset = document.word(*path, "dataset")
    theme = themes.get(dataset)
    sensors = document.count("datasets", dataset, "sensors")
    known = [document.word("datasets", dataset, "sensors", i, "id") for i in range(sensors)]
    for device in document.keys(*path, "devices"):
        sensor = document.word(*path, "devices", device)
        if sensor and sensor not in known:
            document.mistake((*path, "devices", device), unknown("sensor", sensor, "in this dataset", known))
    if theme is None:
        return
    for field in ("properties", "units"):
        for name in document.keys(*path, field):
            _check_property(document, (*path, field, name), theme)
    for name in document.keys(*path, "mapping", "values"):
        if name not in theme.keys("properties"):
            place = (*path, "mapping", "values", name)
            document.mistake(place, unknown("property", name, "in this theme", theme.keys("properties")))


def _check_property(document: Document, place: Path, theme: Document) -> None:
    *source, field, name = place
    called = document.word(*source, "properties", name) or str(name)
    if called not in theme.keys("properties"):
        # A unit may stand under a name that the codec itself translates; then it shows when messages come.
        if field == "properties":
            document.mistake(place, unknown("property", called, "in this theme", theme.keys("properties")))
        return
    unit, wanted = document.word(*place), theme.word("properties", called, "unit")
    if field == "units" and is_unit(unit) and conversion(unit, wanted, called) is None:
        document.mistake(place, f"{called} is in {wanted}, and {unit!r} cannot be converted to that")
