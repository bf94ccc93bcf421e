"""The heartbeat of a process: its loop says that it goes round, and by when it will have gone round again.

A loop beats only where its work gets done, so that one that waits for a broker or a store in vain falls silent.
"""

import time

USUAL_SECONDS = 30.0
"""A loop that goes round several times a second and is this late does not work, on a loaded machine either."""

_due: float | None = None


def beat(within: float = USUAL_SECONDS) -> None:
    """Say that work was done, or that there was none; the next beat comes within so many seconds."""
    global _due  # noqa: PLW0603 - a process has one heart
    _due = time.monotonic() + within


def begun() -> bool:
    """Whether there was a beat at all."""
    return _due is not None


def trouble() -> str | None:
    """What is wrong with the heart; None while it beats."""
    if _due is None:
        return "has not begun to work yet"
    late = time.monotonic() - _due
    return f"has not worked since it should have {late:.0f} s ago" if late > 0 else None


def forget() -> None:
    """Begin anew, as a new process does."""
    global _due  # noqa: PLW0603 - as above
    _due = None
