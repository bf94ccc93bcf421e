"""YAML whose every part still knows its line, so that a mistake can be shown where it was made."""

from datetime import date
from typing import NamedTuple

import yaml
from yaml.constructor import ConstructorError, SafeConstructor
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

Data = None | bool | int | float | str | date | list["Data"] | dict[str, "Data"]
"""What a file holds."""

Path = tuple[str | int, ...]
"""Where something stands in a file: `("datasets", "parking", "sensors", 2, "site")`."""


class Mistake(NamedTuple):
    """Something wrong in a file of the registry."""

    file: str
    line: int
    field: str
    text: str

    def __str__(self) -> str:
        field = f"{self.field}: " if self.field else ""
        return f"{self.file}:{self.line}: {field}{self.text}"


def dotted(path: Path) -> str:
    """A path as people read it: `datasets.parking.sensors[2].site`."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{_word(part)}" for part in path).removeprefix(".")


def _word(key: str) -> str:
    # A key may be anything, also the end of a line.
    return key if key.isprintable() else ascii(key)


class Document:
    """A file's data with the lines of its parts, and the mistakes found in it.

    Attributes:
        data: what the file holds; None when it is no YAML.
        mistakes: grows as checks find more.
    """

    def __init__(self, file: str, source: str) -> None:
        self.file = file
        self.data: Data = None
        self.mistakes: list[Mistake] = []
        self._lines: dict[Path, int] = {(): 1}
        self._seen: set[int] = set()
        self._constructor = SafeConstructor()
        self._read(source)

    def mistake(self, path: Path, text: str) -> None:
        """Note a mistake; its line is that of the nearest part that exists."""
        self.mistakes.append(Mistake(self.file, self.line(path), dotted(path), text))

    def line(self, path: Path) -> int:
        """The line of a part, or of the nearest one around it that exists."""
        while path not in self._lines:
            path = path[:-1]
        return self._lines[path]

    def holds(self, path: Path) -> bool:
        """Whether the file has something there."""
        return path in self._lines

    def at(self, *path: str | int) -> Data:
        """What stands there; None when nothing does."""
        data = self.data
        for part in path:
            if isinstance(data, dict) and isinstance(part, str):
                data = data.get(part)
            elif isinstance(data, list) and isinstance(part, int) and part < len(data):
                data = data[part]
            else:
                return None
        return data

    def keys(self, *path: str | int) -> list[str]:
        """Keys of the mapping that stands there; none when there is no mapping."""
        data = self.at(*path)
        return list(data) if isinstance(data, dict) else []

    def count(self, *path: str | int) -> int:
        """Length of the list that stands there; 0 when there is no list."""
        data = self.at(*path)
        return len(data) if isinstance(data, list) else 0

    def word(self, *path: str | int) -> str:
        """The text that stands there; empty when there is none."""
        data = self.at(*path)
        return data if isinstance(data, str) else ""

    def words(self, *path: str | int) -> list[str]:
        """The texts of the list that stands there; an item that is no text is empty."""
        return [self.word(*path, i) for i in range(self.count(*path))]

    def _read(self, source: str) -> None:
        try:
            node = yaml.compose(source, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
            self.data = self._plain(node, ()) if node else None
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            place = mark.line + 1 if mark else 1
            self.mistakes.append(Mistake(self.file, place, "", f"no YAML: {error.problem or error.context}"))
        except yaml.reader.ReaderError as error:
            place = source.encode()[: error.position].count(b"\n") + 1
            self.mistakes.append(Mistake(self.file, place, "", f"no YAML: {error.reason}"))
        except RecursionError:
            self.mistakes.append(Mistake(self.file, 1, "", "no YAML: nested too deep"))

    def _plain(self, node: Node, path: Path) -> Data:
        if id(node) in self._seen:
            self.mistake(path, "aliases (*name) are not understood here; write it out")
            return None
        self._seen.add(id(node))
        self._lines.setdefault(path, node.start_mark.line + 1)
        if isinstance(node, MappingNode):
            return self._mapping(node, path)
        if isinstance(node, SequenceNode):
            return [self._plain(item, (*path, i)) for i, item in enumerate(node.value)]
        return self._scalar(node, path)

    def _mapping(self, node: MappingNode, path: Path) -> Data:
        data: dict[str, Data] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            key = key_node.value if isinstance(key_node, ScalarNode) else None
            if key is None:
                self.mistakes.append(Mistake(self.file, line, dotted(path), "a key must be a word"))
            elif key in data:
                first = self._lines[(*path, key)]
                field = dotted((*path, key))
                self.mistakes.append(Mistake(self.file, line, field, f"stands here twice, first in line {first}"))
            else:
                self._lines[(*path, key)] = line
                data[key] = self._plain(value_node, (*path, key))
        return data

    def _scalar(self, node: Node, path: Path) -> Data:
        try:
            value: object = self._constructor.construct_object(node)
        except (ConstructorError, ValueError) as error:
            text = error.problem if isinstance(error, ConstructorError) else str(error)
            self.mistake(path, f"cannot be read: {text}")
            return None
        if value is None or isinstance(value, bool | int | float | str | date):
            return value
        self.mistake(path, f"{type(value).__name__} is not understood here")
        return None
