"""A payload from a file or from standard input, as `mosquitto_pub -f` would send it."""

import sys
from pathlib import Path

from stadspuls.errors import CityFileError

STANDARD_INPUT = "-"


def read_payload(source: str, *, is_hex: bool) -> bytes:
    """The bytes to explain.

    Args:
        source: a file, or `-`.
        is_hex: whether it has them as hexadecimal digits; spaces and ends of line count for nothing.

    Raises:
        CityFileError: when it cannot be read.
    """
    try:
        content = sys.stdin.buffer.read() if source == STANDARD_INPUT else Path(source).read_bytes()
    except OSError as error:
        raise CityFileError(f"{source} cannot be read: {error.strerror}") from error
    if not is_hex:
        return content
    try:
        return bytes.fromhex(content.decode())
    except ValueError as error:
        raise CityFileError(f"{source} holds no hexadecimal digits: {error}") from error


def is_topic(source: str) -> bool:
    """Whether it names topics of the broker: it is no file, and has levels or wildcards."""
    return source != STANDARD_INPUT and not Path(source).is_file() and ("/" in source or source in ("#", "+"))
