"""What the system lets a process of the platform have: open files."""

import resource
from collections.abc import Iterator

from cli.doctor.check import Check, Subject
from cli.doctor.finding import Finding, good, warning, wrong
from deploy.public_mqtt import SPARE_FILES
from deploy.servers.ports import is_loopback

_LEAST = 512
"""Files that one process has open with nobody connected, twice over: libraries, spool, brokers, store."""


def _look(subject: Subject) -> Iterator[Finding]:
    settings = subject.settings
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    seen = f"{soft} open files for a process"
    wanted = settings.live_subscribers + _LEAST
    if soft < _LEAST:
        yield wrong(seen, "ulimit -n", "allow more before the start", f"ulimit -n {min(hard, 65536)}")
    elif soft < wanted and not is_loopback(settings.http_host):
        cure = f"allow {wanted} before the start, or lower STADSPULS_LIVE_SUBSCRIBERS ({settings.live_subscribers})"
        yield warning(f"{seen}: fewer live subscribers than the settings say", "ulimit -n", cure, f"ulimit -n {wanted}")
    else:
        yield good(seen, "ulimit -n")
    connections = settings.public_mqtt_connections + SPARE_FILES
    if settings.own_public_mqtt and hard < connections:
        cure = f"allow {connections}, or lower STADSPULS_PUBLIC_MQTT_CONNECTIONS"
        yield warning(f"{hard} open files at most: fewer connections than the settings say", "ulimit -Hn", cure)


CHECK = Check("limits", "open files that the system allows (`ulimit -n`)", _look)
