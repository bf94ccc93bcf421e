"""How far a long command is: a bar on a terminal, a plain line every few seconds elsewhere."""

import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

LINE_EVERY = 5.0
"""Seconds between two plain lines."""


class WorkProgress:
    """Tells what share of some work is done, how fast rows go through, and how long it will take still."""

    def __init__(self, console: Console, doing: str) -> None:
        self._console = console
        self._doing = doing
        self._began = self._told = time.monotonic()
        self._first_done: int | None = None
        self._rows = 0
        self._bar: Progress | None = None
        if console.is_terminal:
            columns = (BarColumn(), TaskProgressColumn(), TextColumn("{task.fields[rows]}"), TimeRemainingColumn())
            self._bar = Progress(TextColumn("{task.description}"), *columns, console=console)
            self._task = self._bar.add_task(doing, total=None, rows="")

    def __enter__(self) -> Self:
        if self._bar:
            self._bar.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._bar:
            self._bar.stop()

    def report(self, done: int, total: int, rows: int) -> None:
        """Say how much is done of how much, and how many rows have gone through since the start."""
        self._rows = rows
        if self._first_done is None:
            self._first_done = done
        if self._bar:
            self._bar.update(self._task, completed=done, total=total, rows=self._speed())
        elif time.monotonic() - self._told >= LINE_EVERY:
            self._told = time.monotonic()
            share = 100 * done // total if total else 100
            self._console.print(f"{self._doing}: {share} %, {self._speed()}{self._left(done, total)}", soft_wrap=True)

    @property
    def seconds(self) -> float:
        """How long it has taken so far."""
        return time.monotonic() - self._began

    def total(self) -> str:
        """Rows, seconds and rate, for the last line."""
        return f"{self._speed()}, in {self.seconds:.1f} s"

    def _speed(self) -> str:
        return f"{self._rows} rows, {self._rows / max(self.seconds, 0.001):.0f} rows/s"

    def _left(self, done: int, total: int) -> str:
        fresh = done - (self._first_done or 0)
        return f", {(total - done) * self.seconds / fresh:.0f} s left" if fresh > 0 else ""
