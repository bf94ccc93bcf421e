"""Where commands tell people something: words stand as they are, and nothing is cut in a file or a pipe."""

import sys

from rich.console import Console

_WIDE = 1000
"""Columns where no terminal says how many it has."""


def open_console() -> Console:
    """Standard output, for tables and plain lines."""
    return Console(highlight=False, markup=False, emoji=False, width=None if sys.stdout.isatty() else _WIDE)
