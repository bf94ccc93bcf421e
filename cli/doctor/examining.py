"""All checks side by side, each in a thread of its own; none that hangs keeps the others, or the end, waiting."""

import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from cli.doctor.check import Check, Subject
from cli.doctor.finding import Finding, Level, unknown

SECONDS = 13.0
"""For everything: servers that swallow what is sent to them take each its own five seconds, side by side."""
_BARS = {Level.WRONG, Level.UNKNOWN}
"""A check that has found one of these keeps those that need it from looking."""


@dataclass(frozen=True)
class Examined:
    """A check and what it has found."""

    check: Check
    findings: list[Finding]


@dataclass
class _Work:
    check: Check
    findings: list[Finding] = field(default_factory=list)
    done: threading.Event = field(default_factory=threading.Event)


def examine(subject: Subject, checks: Sequence[Check], seconds: float = SECONDS) -> list[Examined]:
    """Look at everything, and never longer than `seconds`; what has not ended then is told as unknown."""
    works = {check.name: _Work(check) for check in checks}
    for work in works.values():
        needed = [works[name] for name in work.check.needs]
        threading.Thread(target=_work, args=(subject, work, needed), name=work.check.name, daemon=True).start()
    deadline = time.monotonic() + seconds
    return [_ended(work, deadline, seconds) for work in works.values()]


def _ended(work: _Work, deadline: float, seconds: float) -> Examined:
    ended = work.done.wait(max(0.0, deadline - time.monotonic()))
    late = [] if ended else [unknown(f"not looked at to the end: no answer in {seconds:g} s")]
    return Examined(work.check, [*work.findings, *late])


def _work(subject: Subject, work: _Work, needed: Iterable[_Work]) -> None:
    try:
        for other in needed:
            other.done.wait()
            if any(finding.level in _BARS for finding in other.findings):
                work.findings.append(unknown(f"not looked at: {other.check.name} comes first"))
                return
        for finding in work.check.look(subject):
            work.findings.append(finding)
    # A check that stumbles is told like everything else: the others go on.
    except Exception as error:
        work.findings.append(unknown(f"could not be looked at: {type(error).__name__}: {error}"))
    finally:
        work.done.set()
