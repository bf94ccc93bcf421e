"""What two states of the city and theme files differ in, as people wrote it: file, place, before and after."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from stadspuls.errors import RegistryError
from stadspuls.registry.marked import Data, Document

_SHOWN = 60
"""Characters of a value; longer ones are cut."""


class Difference(NamedTuple):
    """One thing that was added, taken away or changed; `sign` is `+`, `-` or `~`."""

    file: str
    place: str
    sign: str
    before: Data = None
    after: Data = None

    def __str__(self) -> str:
        where = f"{self.sign} {self.file}" + (f": {self.place}" if self.place else "")
        return f"{where}: {_shown(self.before)} -> {_shown(self.after)}" if self.sign == "~" else where


Folders = tuple[Path, Path]
"""Of the city files, and of the theme files."""


def differences(before: Folders | None, after: Folders) -> list[Difference]:
    """What changes from one state to the other; everything is new where there was none.

    Raises:
        RegistryError: when a file is no YAML.
    """
    old = _files(before) if before else {}
    new = _files(after)
    found = []
    for name in sorted(old.keys() | new.keys()):
        if name not in old:
            found.append(Difference(name, "", "+"))
        elif name not in new:
            found.append(Difference(name, "", "-"))
        else:
            found += _compare(name, "", old[name], new[name])
    return found


def _files(folders: Folders) -> dict[str, Data]:
    found: dict[str, Data] = {}
    for kind, folder in zip(("cities", "themes"), folders, strict=True):
        for path in sorted(folder.glob("*.yaml")):
            found[f"{kind}/{path.name}"] = _read(f"{kind}/{path.name}", path)
        for path in sorted(folder.glob("*/*.py")):
            # Code is compared as a whole.
            found[f"{kind}/{path.parent.name}/{path.name}"] = path.read_text(errors="replace")
    return found


def _read(name: str, path: Path) -> Data:
    document = Document(name, path.read_text(errors="replace"))
    if document.mistakes:
        raise RegistryError(list(map(str, document.mistakes)))
    return document.data


def _compare(file: str, place: str, before: Data, after: Data) -> Iterator[Difference]:
    old, new = _parts(before), _parts(after)
    if old is None or new is None:
        if before != after or type(before) is not type(after):
            yield Difference(file, place, "~", before, after)
        return
    for key in dict.fromkeys([*old, *new]):
        inner = f"{place}{key}" if key.startswith("[") else f"{place}.{key}".removeprefix(".")
        if key not in old:
            yield Difference(file, inner, "+")
        elif key not in new:
            yield Difference(file, inner, "-")
        else:
            yield from _compare(file, inner, old[key], new[key])


def _parts(data: Data) -> dict[str, Data] | None:
    """Named parts: of a mapping by key, of a list of things by their ids, which say more than places; else None."""
    if isinstance(data, dict):
        return data
    if isinstance(data, list):
        named = {f"[{item['id']}]": item for item in data if isinstance(item, dict) and "id" in item}
        return dict(named) if len(named) == len(data) else None
    return None


def _shown(value: Data) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    # As it stands in JSON, so that 6 and "6" differ; and nothing in a file speaks to the terminal.
    text = text if text.isprintable() else json.dumps(value, default=str)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
