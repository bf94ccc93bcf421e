"""Whether the servers of the real profile answer and let us in; what the doctor finds wrong with them stops a start."""

from pathlib import Path

from cli.doctor import influx_check, kafka_check, mqtt_check
from cli.doctor.check import Subject
from cli.doctor.examining import examine
from cli.doctor.finding import Level
from cli.doctor.secrecy import secrets_of, tellable
from stadspuls.settings import Settings

_SERVERS = (mqtt_check.CHECK, kafka_check.CHECK, influx_check.CHECK)


def unreachable(settings: Settings) -> list[str]:
    """One line for everything that is wrong with a server, or could not be asked of it, with its cure."""
    secrets = secrets_of(settings)
    return [
        f"{each.check.name}: {finding.seen} ({finding.where}): {finding.cure}"
        for each in examine(Subject(settings, (), Path(), ""), _SERVERS)
        for finding in (tellable(one, secrets) for one in each.findings)
        if finding.level in {Level.WRONG, Level.UNKNOWN}
    ]
