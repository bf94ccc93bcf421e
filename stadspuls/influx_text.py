"""Text on its way into InfluxDB and its languages: the only places where text of others becomes part of them."""

import re
from urllib.parse import unquote

EMPTY = "%"
"""Stands for empty text: InfluxDB drops an empty tag, and its CSV does not tell empty text from none."""

# Line protocol cannot hold a tag that ends with a backslash or has a line break, InfluxDB's CSV changes line breaks,
# and `|` separates the parts of a stored observation.
_UNHELD = re.compile(r'[%|"\\\x00-\x1f\x7f]')
_SEPARATOR = re.compile(r"[ ,=]")
_NOT_IN_LITERAL = re.compile(r'["\\$\x00-\x1f\x7f]')


def plain(text: str) -> str:
    """Text without the characters that InfluxDB does not give back as they were: those are written as in `%0A`."""
    return _UNHELD.sub(lambda found: f"%{ord(found[0]):02X}", text) or EMPTY


def original(text: str) -> str:
    """The text that `plain` was given."""
    if "%" not in text:
        return text
    return "" if text == EMPTY else unquote(text)


def tag(text: str) -> str:
    """Text as the value of a tag in line protocol."""
    return _SEPARATOR.sub(r"\\\g<0>", plain(text))


def literal(text: str) -> str:
    """Any text as a Flux literal, quotes and all; a `$` could begin an expression inside of it."""
    inside = _NOT_IN_LITERAL.sub(lambda found: f"\\x{ord(found[0]):02x}", text)
    return f'"{inside}"'
