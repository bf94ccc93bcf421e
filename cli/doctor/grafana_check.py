"""Grafana, where a token for it is set: it answers, and knows the token."""

import http.client
from collections.abc import Iterator

from cli.doctor.check import Check, Subject
from cli.doctor.finding import Finding, good, warning
from cli.doctor.http_question import ask, below, connection_to
from cli.doctor.secrecy import address_of
from stadspuls.settings import PREFIX

_URL, _TOKEN = f"{PREFIX}GRAFANA_URL", f"{PREFIX}GRAFANA_TOKEN_FILE"


def _look(subject: Subject) -> Iterator[Finding]:
    settings = subject.settings
    token, url = settings.grafana_token.get_secret_value(), settings.grafana_url
    if not token:
        return
    where = address_of(url)
    try:
        health = ask(connection_to(url), below(url, "/api/health"))
        known = ask(connection_to(url), below(url, "/api/folders?limit=1"), {"Authorization": f"Bearer {token}"})
    except (OSError, http.client.HTTPException) as error:
        yield warning(
            f"Grafana does not answer ({error or type(error).__name__})", where, f"start it, or change {_URL}"
        )
        return
    if health.status != http.client.OK:
        yield warning(f"what answers there is not Grafana (status {health.status})", where, f"change {_URL}")
    elif known.status in {http.client.UNAUTHORIZED, http.client.FORBIDDEN}:
        cure = f"make a token of a service account that may edit folders and boards, and name its file: {_TOKEN}"
        yield warning(f"Grafana does not take the token (status {known.status})", f"{where}, {_TOKEN}", cure)
    else:
        yield good(f"Grafana {health.document.get('version', '')} answers and knows the token", where)


CHECK = Check("grafana", "Grafana, where a token is set: answers, knows it", _look)
