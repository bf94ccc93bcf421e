"""An entry of a city's file as it is pasted: in the form of the file, with comments where somebody must look."""

from collections.abc import Iterator

from cli.connecting.yaml_text import item_lines, line
from stadspuls.registry.marked import Data

_REMARKS = {
    "sources": "-> its topics, and what its words mean",
    "sites": "-> its name, its kind and where it is",
    "sensors": "-> what it observes, and at which site",
}

_DEEPEST = 4
"""Column of a dataset's fields; what is nested deeper stands on one line."""


def entry_text(entry: dict[str, Data]) -> str:
    """The entry as YAML; its lists go behind those of the file."""
    return "".join(f"{one}\n" for one in _mapping_lines(entry, 0))


def _mapping_lines(mapping: dict[str, Data], column: int) -> Iterator[str]:
    margin = " " * column
    for key, value in mapping.items():
        if isinstance(value, dict) and column < _DEEPEST:
            yield f"{margin}{line(key, [])[:-3]}"
            yield from _mapping_lines(value, column + 2)
        elif isinstance(value, list) and key in _REMARKS:
            yield f"{margin}{line(key, [])[:-3]}  # {_REMARKS[key]}"
            items = [item for item in value if isinstance(item, dict)]
            for item in items:
                yield from (f"{margin}  {one}" for one in item_lines(item, column + 2))
        else:
            yield f"{margin}{line(key, value)}"
