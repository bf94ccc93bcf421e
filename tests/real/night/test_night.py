"""A night: everything runs as docker-compose.yml says, and each thing that a rule watches is broken for real.

Its rule fires, a board shows it, the steps of its runbook end it; and in the morning nothing that sensors sent is lost.
It takes about ten minutes, so only `make night` runs it.
"""

import os
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from tests.platform.running import eventually
from tests.real.night import disk
from tests.real.night.faults import PHASES, Fault
from tests.real.night.stack import Night, night
from tests.real.prometheus_server import RULES

PACE = int(os.environ.get("STADSPULS_NIGHT_PACE", "0"))
"""How many times as fast as the rules say; 0: no night."""
REPORT = os.environ.get("STADSPULS_NIGHT_REPORT", "")
"""A file for the list of what was seen."""
FIRES_WITHIN = 300.0
ENDS_WITHIN = 300.0


@dataclass(frozen=True)
class Quiet:
    """True when nothing fires any more; says what does."""

    still: list[str]

    def __bool__(self) -> bool:
        return not self.still


pytestmark = [
    pytest.mark.timeout(1200),
    pytest.mark.skipif(not PACE, reason="a night takes about ten minutes: `make night`"),
]


@pytest.fixture(scope="module")
def dark(request: pytest.FixtureRequest) -> Iterator[Night]:
    with ExitStack() as ending:
        folder = ending.enter_context(disk.disk())
        one = night(folder, PACE, request, ending)
        yield one
        if REPORT:
            Path(REPORT).write_text("".join(f"| {' | '.join(row)} |\n" for row in one.log))


@pytest.mark.parametrize("faults", PHASES, ids=lambda faults: faults[0].name)
def test_what_breaks_is_told_shown_and_mended(dark: Night, faults: tuple[Fault, ...]) -> None:
    watched = {rule for fault in faults for rule in fault.rules}
    assert watched & dark.firing().keys() == set()
    begun = []
    for fault in faults:
        step = iter(fault.happens(dark))
        next(step)
        begun.append((fault, step, time.monotonic()))
    fired = {fault: _fires(dark, fault, start) for fault, _, start in begun}
    for fault, step, _ in begun:
        start = time.monotonic()
        assert next(step, None) is None
        mended = time.monotonic() - start
        dark.log.append((fault.name, ", ".join(fault.rules), *fired[fault], f"{mended:.0f} s"))
    start = time.monotonic()
    eventually(lambda: _quiet(dark, watched), ENDS_WITHIN)
    dark.log.append(("", "", "", "", f"quiet after {time.monotonic() - start:.0f} s"))


def _quiet(dark: Night, watched: set[str]) -> Quiet:
    return Quiet(still=sorted(watched & dark.firing().keys()))


def _fires(dark: Night, fault: Fault, start: float) -> tuple[str, str]:
    """How long until all its rules fired, and what the panel showed then."""
    eventually(lambda: set(fault.rules) <= dark.firing().keys(), FIRES_WITHIN)
    seconds = time.monotonic() - start
    shown = eventually(lambda: _shows(dark, fault), 60)
    return f"{seconds:.0f} s", f"{fault.panel[1]}: {shown}"


def _shows(dark: Night, fault: Fault) -> str:
    shown = dark.boards.panel(*fault.panel)
    if not fault.colours:
        return "" if shown.values else "nothing, in words"
    if not shown.colours & fault.colours:
        return ""
    return f"{', '.join(f'{value:.3g}' for value in sorted(shown.values)[:6])} ({', '.join(sorted(shown.colours))})"


def test_every_rule_was_broken() -> None:
    rules = {rule["alert"] for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]}
    assert {rule for faults in PHASES for fault in faults for rule in fault.rules} == rules


def test_in_the_morning_nothing_is_lost_and_nothing_is_there_twice(dark: Night) -> None:
    dark.sensors.finish()
    assert len(dark.sensors.sent) > 1000
    eventually(lambda: dark.sensors.missing(dark.http) == ([], []), 120)
    dark.log.append((f"{len(dark.sensors.sent)} readings sent all night", "", "", "lost 0, doubled 0", ""))
    assert dark.firing() == {}
