"""Changes of YAML text that leave every other line as it is, comments too."""

from collections.abc import Mapping

import yaml
from yaml.nodes import MappingNode, Node, SequenceNode

from cli.connecting.yaml_text import flow, item_lines, line, pair
from stadspuls.registry.marked import Data, Path

STEP = 2
"""Columns by which city files are indented."""


def with_item(text: str, path: Path, item: Mapping[str, Data]) -> str:
    """The text with one item more at the end of the list at `path`, which is made where there is none."""
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    listed, parent, key = _find(root, path), _find(root, path[:-1]), path[-1]
    if not isinstance(parent, MappingNode) or not isinstance(key, str):
        raise LookupError(path)
    if isinstance(listed, SequenceNode) and listed.value:
        return _after_last_item(text, listed, item)
    if parent.flow_style:
        if listed is None:
            return with_key(text, path[:-1], key, [dict(item)])
        return _spliced(text, listed.start_mark.index, listed.end_mark.index, flow([dict(item)]))
    column = parent.start_mark.column
    lines = _indented(item_lines(item, column + STEP), STEP)
    if listed is None:
        return _with_lines(text, _end(parent), column, [line(key, []).removesuffix(" []"), *lines])
    # Of `sites: []  # why` the brackets go, and the comment stays.
    start, end = listed.start_mark.index, listed.end_mark.index
    shortened = _spliced(text, len(text[:start].rstrip(" ")), end, "")
    return _with_lines(shortened, len(text[:start].rstrip(" ")), column, lines)


def with_key(text: str, path: Path, key: str, value: Data) -> str:
    """The text with one key more at the end of the mapping at `path`."""
    mapping = _find(yaml.compose(text, Loader=yaml.SafeLoader), path)
    if not isinstance(mapping, MappingNode):
        raise LookupError(path)
    if not mapping.flow_style:
        return _with_lines(text, _end(mapping), mapping.start_mark.column, [line(key, value)])
    if not mapping.value:
        return _spliced(text, mapping.start_mark.index, mapping.end_mark.index, flow({key: value}))
    place = _end(mapping.value[-1][1])
    return _spliced(text, place, place, f", {pair(key, value)}")


def with_value(text: str, path: Path, value: Data) -> str:
    """The text with another value in place of the one at `path`."""
    node = _find(yaml.compose(text, Loader=yaml.SafeLoader), path)
    if node is None:
        raise LookupError(path)
    return _spliced(text, node.start_mark.index, node.end_mark.index, flow(value))


def _after_last_item(text: str, listed: SequenceNode, item: Mapping[str, Data]) -> str:
    place = _end(listed.value[-1])
    if listed.flow_style:
        return _spliced(text, place, place, f", {flow(dict(item))}")
    column = listed.start_mark.column
    return _with_lines(text, place, column, item_lines(item, column))


def _find(node: Node | None, path: Path) -> Node | None:
    for part in path:
        if isinstance(node, MappingNode):
            node = next((value for key, value in node.value if key.value == part), None)
        elif isinstance(node, SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
        else:
            return None
    return node


def _end(node: Node) -> int:
    """Where the last word of a part ends; the end that YAML itself tells of a block lies behind later comments."""
    while isinstance(node, MappingNode | SequenceNode) and not node.flow_style:
        last = node.value[-1]
        node = last[1] if isinstance(last, tuple) else last
    return int(node.end_mark.index)


def _with_lines(text: str, place: int, column: int, lines: list[str]) -> str:
    """The text with lines below the one in which `place` is."""
    newline = "\r\n" if "\r\n" in text else "\n"
    added = "".join(f"{one}{newline}" for one in _indented(lines, column))
    if place and text[place - 1] == "\n":
        return text[:place] + added + text[place:]
    end = text.find("\n", place)
    if end < 0:
        return text + newline + added
    return text[: end + 1] + added + text[end + 1 :]


def _indented(lines: list[str], column: int) -> list[str]:
    return [" " * column + one for one in lines]


def _spliced(text: str, start: int, end: int, piece: str) -> str:
    return text[:start] + piece + text[end:]
