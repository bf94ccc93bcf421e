"""Ports that the platform's processes listen on: free, or held by those processes."""

from collections.abc import Iterator

from cli.checks import listening_on
from cli.doctor.check import Check, Subject
from cli.doctor.finding import Finding, good, wrong
from cli.ports import trouble_with


def _look(subject: Subject) -> Iterator[Finding]:
    for host, port, setting in listening_on(subject.settings):
        trouble = trouble_with(host, port, setting)
        where = f"{setting}, {host}:{port}"
        if trouble is None:
            yield good("free", where)
        elif trouble.holder is not None and subject.is_ours(trouble.holder):
            yield good(f"{trouble.seen}: the platform that runs", where)
        else:
            yield wrong(trouble.seen, where, trouble.cure, trouble.command)


CHECK = Check("ports", "ports to listen on: free, or held by this platform", _look)
