"""InfluxDB: it answers, in a version that was tried; its token reads and writes the bucket, which keeps everything."""

import http.client
from collections.abc import Iterator
from urllib.parse import urlencode, urlsplit

from cli.doctor.check import START, Check, Subject
from cli.doctor.finding import Finding, Level, good, warning, worst, wrong
from cli.doctor.handshake import SECONDS, Server, secured
from cli.doctor.http_question import Answer, ask
from cli.doctor.secrecy import address_of
from stadspuls.errors import SettingsError
from stadspuls.influx_call import influx_connection, influx_path
from stadspuls.own_servers import INFLUX_TOKEN
from stadspuls.settings import PREFIX, Settings

_TOKEN = f"{PREFIX}INFLUX_TOKEN_FILE"
_LINE = "line protocol without a point"
"""Refused for what it is, by a server that would have taken a point: nothing is written."""
_REFUSED = frozenset({401, 403})


def _look(subject: Subject) -> Iterator[Finding]:
    settings = subject.settings
    if settings.store != "influx":
        return
    where = address_of(settings.influx_url)
    try:
        certificate = list(_certificate(settings))
        yield from certificate
        if worst(certificate) is not Level.WRONG:
            yield from _answers(settings, where)
    except SettingsError as error:
        yield wrong(str(error), f"{PREFIX}INFLUX_CA", "name a file that this user may read")
    except (OSError, http.client.HTTPException) as error:
        cure = f"{START}, or name another with {PREFIX}INFLUX_URL"
        yield wrong(f"InfluxDB does not answer ({error or type(error).__name__})", where, cure)


CHECK = Check("influxdb", "InfluxDB: answers, its version and certificate; token and bucket", _look)


def _certificate(settings: Settings) -> Iterator[Finding]:
    url = urlsplit(settings.influx_url)
    if url.scheme == "https":
        yield from secured(Server(url.hostname or "", url.port or 443, settings, "influx", "let who runs it renew it"))


def _answers(settings: Settings, where: str) -> Iterator[Finding]:
    health = _ask(settings, "GET", "/health")
    if health.document.get("status") != "pass":
        seen = f"its health is not good: {health.document.get('message', health.status)}"
        yield wrong(seen, where, "see what InfluxDB's own log says")
        return
    version = str(health.document.get("version", "")).removeprefix("v")
    if not version.startswith("2."):
        yield warning(f"InfluxDB {version or 'without a version'}", where, "use InfluxDB 2.7: others were not tried")
    else:
        yield good(f"InfluxDB {version} answers", where)
    yield from _token(settings, where)


def _token(settings: Settings, where: str) -> Iterator[Finding]:
    if not settings.influx_token.get_secret_value():
        own = settings.data_dir / INFLUX_TOKEN
        cure = f"set {_TOKEN} to a file with one (`stadspuls servers start` leaves it in {own})"
        yield wrong("there is no token", where, cure)
        return
    buckets = _ask(settings, "GET", "/api/v2/buckets", name=settings.influx_bucket, org=settings.influx_org)
    if buckets.status in _REFUSED:
        yield wrong(
            "it does not know the token", f"{where}, {_TOKEN}", f"set {_TOKEN} to a file with one that it knows"
        )
        return
    found = buckets.document.get("buckets") or []
    if not found:
        yield _no_bucket(settings, where)
        return
    yield from _bucket(settings, f"{where}, bucket {settings.influx_bucket}", found[0].get("retentionRules") or [])


def _bucket(settings: Settings, where: str, rules: list[dict[str, object]]) -> Iterator[Finding]:
    seconds = max((int(str(rule.get("everySeconds", 0))) for rule in rules), default=0)
    if seconds:
        seen = f"it lets go of what was observed {seconds / 3600:g} h ago by itself, and would refuse old recordings"
        command = f"influx bucket update --name {settings.influx_bucket} --retention 0"
        yield wrong(seen, where, "take its retention off: Stadspuls deletes by the time of publication", command)
    write = _ask(settings, "POST", "/api/v2/write", _LINE, bucket=settings.influx_bucket, org=settings.influx_org)
    if write.status in _REFUSED:
        cure = f"make a token that reads and writes the bucket, and put it into the file of {_TOKEN}"
        command = f"influx auth create --org {settings.influx_org} --read-buckets --write-buckets"
        yield wrong("the token may not write", f"{where}, {_TOKEN}", cure, command)
    elif not seconds:
        yield good("the token reads and writes it; it keeps everything", where)


def _no_bucket(settings: Settings, where: str) -> Finding:
    """Nothing is seen of it: it is not there yet, or the token is for another."""
    organisations = _ask(settings, "GET", "/api/v2/orgs", org=settings.influx_org)
    if organisations.document.get("orgs"):
        return good(f"bucket {settings.influx_bucket} is not there yet: the first start makes it", where)
    seen = f"the token sees neither organisation {settings.influx_org} nor bucket {settings.influx_bucket} in it"
    cure = f"name those of the token: {PREFIX}INFLUX_ORG and _BUCKET; or another token: {_TOKEN}"
    return wrong(seen, where, cure)


def _ask(settings: Settings, method: str, path: str, body: str | None = None, **parameters: str) -> Answer:
    query = f"?{urlencode(parameters)}" if parameters else ""
    headers = {"Authorization": f"Token {settings.influx_token.get_secret_value()}"} if path != "/health" else {}
    return ask(
        influx_connection(settings, SECONDS), influx_path(settings, path) + query, headers, method=method, body=body
    )
