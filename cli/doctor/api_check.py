"""The API: whether it is ready, and what it says of the parts behind it."""

import http.client
from collections.abc import Iterator

from cli.doctor.check import Check, Subject
from cli.doctor.finding import Finding, good, warning, wrong
from cli.doctor.http_question import Answer, ask, below, connection_to
from cli.doctor.secrecy import address_of

_NIGHT = "docs/operate.md#at-night and docs/operate/runbooks.md say how to go on"
_PATH = "/health/ready"


def _look(subject: Subject) -> Iterator[Finding]:
    where = address_of(subject.api) + _PATH
    try:
        answer = ask(connection_to(subject.api, trusting=True), below(subject.api, _PATH))
    except (OSError, http.client.HTTPException) as error:
        if subject.supervisor is None:
            yield good("no API answers, and no platform runs on this data folder", where)
        else:
            cure = f"see what its log says; {_NIGHT}"
            yield wrong(
                f"the platform runs, and its API does not answer ({error or type(error).__name__})", where, cure
            )
        return
    yield from _health(answer, where)


CHECK = Check("api", "the API answers `/health/ready`, and what it says of every part", _look)


def _health(answer: Answer, where: str) -> Iterator[Finding]:
    checks = answer.document.get("checks")
    if not isinstance(checks, dict):
        cure = "free the port for the API, or say with --api where it answers"
        yield wrong(f"what answers there is not the API (status {answer.status})", where, cure)
        return
    told = False
    for name, several in checks.items():
        for one in several:
            if one.get("status") in {"warn", "fail"}:
                told = True
                level = wrong if one["status"] == "fail" else warning
                yield level(f"{name}: {one.get('output', '')}", where, _NIGHT)
    if not told:
        yield good("ready, and every part behind it", where)
