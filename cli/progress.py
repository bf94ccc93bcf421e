"""What `stadspuls up` says while it starts and runs: one line for each thing that happened."""

import time

from rich.console import Console
from rich.markup import escape

_SLOW = 5.0
"""Seconds after which, and then again after as many, a wait is told."""


class Progress:
    """Tells the operator, in colours on a terminal and in plain lines elsewhere."""

    def __init__(self, console: Console, steps: int) -> None:
        self._console = console
        self._steps = steps
        self._done = 0
        self._told = 0.0
        self._began = time.monotonic()

    def ready(self, name: str, seconds: float, detail: str) -> None:
        """One more process is ready, or one more step is done."""
        self._done += 1
        self._told = 0.0
        self._line(f"[green]\\[{self._done}/{self._steps}][/] {name:<12}{seconds:5.1f} s  {escape(detail)}".rstrip())

    def waiting(self, name: str, seconds: float, awaited: str) -> None:
        """Tells of a wait only when it is long."""
        if seconds >= self._told + _SLOW:
            self._told = seconds
            self._line(f"[yellow]{name}[/] is still starting after {seconds:.0f} s: it waits for {escape(awaited)}")

    def say(self, text: str) -> None:
        """Something happened that the operator should read."""
        self._line(f"[bold]{escape(text)}[/]")

    def addresses(self, addresses: dict[str, str], title: str = "Stadspuls runs") -> None:
        """The end of the start: what can be opened now."""
        width = max(map(len, addresses))
        self._line(f"[bold green]{title}[/] after {time.monotonic() - self._began:.1f} s, until Ctrl-C.")
        for name, address in addresses.items():
            self._line(f"  {name:<{width}}  {escape(address)}")

    def _line(self, text: str) -> None:
        # Addresses and commands are there to be copied: never wrapped, never highlighted.
        self._console.print(text, soft_wrap=True, highlight=False)
