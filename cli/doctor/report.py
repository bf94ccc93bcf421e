"""What the doctor says in the end, for people and for programs."""

from collections.abc import Sequence

import msgspec
from rich.console import Console

from cli.doctor.examining import Examined
from cli.doctor.finding import Finding, Level, worst

_SIGNS = {Level.GOOD: "good", Level.UNKNOWN: "unknown", Level.WARNING: "WARNING", Level.WRONG: "WRONG"}
_STYLES = {Level.GOOD: "green", Level.UNKNOWN: "blue", Level.WARNING: "yellow", Level.WRONG: "bold red"}
_INDENT = " " * 10


def as_json(examined: Sequence[Examined]) -> str:
    """Everything as one JSON object: the worst level, and each check with what it has found."""
    document = {
        "level": overall(examined),
        "checks": [{"name": each.check.name, "findings": each.findings} for each in examined],
    }
    return msgspec.json.format(msgspec.json.encode(document)).decode()


def tell(console: Console, examined: Sequence[Examined]) -> None:
    """Each finding on a line, and below it what to do."""
    for each in examined:
        for finding in each.findings:
            _tell_one(console, each.check.name, finding)
    findings = [finding for each in examined for finding in each.findings]
    counts = {level: sum(finding.level is level for finding in findings) for level in Level}
    console.print(", ".join(f"{count} {level}" for level, count in counts.items() if count))


def overall(examined: Sequence[Examined]) -> Level:
    """The worst that was found."""
    return worst([finding for each in examined for finding in each.findings])


def _tell_one(console: Console, name: str, finding: Finding) -> None:
    console.print(f"{_SIGNS[finding.level]:<10}", style=_STYLES[finding.level], end="")
    where = f" ({finding.where})" if finding.where else ""
    console.print(f"{name}: {finding.seen}{where}", soft_wrap=True)
    if finding.cure:
        console.print(f"{_INDENT}cure: {finding.cure}", soft_wrap=True)
    if finding.command:
        console.print(f"{_INDENT}$ {finding.command}", soft_wrap=True)
