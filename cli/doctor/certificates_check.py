"""Certificates that our own listeners show: there, with their key, good for a while, for the name that is told."""

import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from cryptography import x509

from cli.doctor.check import Check, Subject
from cli.doctor.finding import Finding, Level, good, warning, wrong
from cli.doctor.handshake import lasting, names_of
from deploy.accounts.brokers import require_tls_ready
from deploy.accounts.server_certificate import certificate_files
from deploy.accounts.telling import host_of
from stadspuls.certificates import certificate_files as all_certificates
from stadspuls.errors import StartError
from stadspuls.settings import PREFIX, Settings

_RENEW = "stadspuls account certificates --renew"


class _Shown(NamedTuple):
    """A certificate of a listener, and how another takes its place."""

    certificate: Path
    key: Path
    cure: str
    command: str = ""


def _look(subject: Subject) -> Iterator[Finding]:
    settings = subject.settings
    try:
        require_tls_ready(settings)
        shown = list(_listeners(settings))
    except StartError as error:
        seen, _, cure = str(error).partition(": ")
        yield wrong(seen, f"{PREFIX}MQTT_TLS_PORT", cure)
        return
    for each in shown:
        yield from _certificate(each, host_of(settings))
    if not shown:
        yield good("no listener of ours speaks TLS")
    yield from _others(settings, {each.certificate for each in shown})


CHECK = Check(
    "certificates", "certificates of our own listeners: with their key, not expired, of the right name", _look
)


def _listeners(settings: Settings) -> Iterator[_Shown]:
    if settings.mqtt_tls_port:
        own = not settings.mqtt_tls_cert
        cure = "make another" if own else f"let {PREFIX}MQTT_TLS_CERT and _KEY name another"
        yield _Shown(*certificate_files(settings), cure, _RENEW if own else "")
    for name in ("http_tls", "public_mqtt_tls"):
        certificate, key = getattr(settings, f"{name}_cert"), getattr(settings, f"{name}_key")
        if certificate:
            yield _Shown(Path(certificate), Path(key), f"let {PREFIX}{name.upper()}_CERT and _KEY name another")


def _others(settings: Settings, told: set[Path]) -> Iterator[Finding]:
    """What else expires: CAs that we trust, our certificate at Kafka, those of servers that run here."""
    for what, file in all_certificates(settings).items():
        if file.resolve() in told or file in told:
            continue
        try:
            certificate = x509.load_pem_x509_certificates(file.read_bytes())[0]
        except (OSError, ValueError) as error:
            yield wrong(f"{what} cannot be read as a certificate ({error})", str(file), "name another file")
            continue
        found = lasting(certificate, str(file), f"put another in its place ({what})")
        if found.level is not Level.GOOD:
            yield found


def _certificate(shown: _Shown, host: str) -> Iterator[Finding]:
    where = str(shown.certificate)
    try:
        certificate = x509.load_pem_x509_certificates(shown.certificate.read_bytes())[0]
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(shown.certificate, shown.key)
    except (OSError, ValueError) as error:
        yield wrong(f"it cannot be used with its key ({error})", where, shown.cure, shown.command)
        return
    found = lasting(certificate, where, shown.cure, shown.command)
    yield found
    if found.level is not Level.WRONG and not _is_for(certificate, host):
        names = ", ".join(names_of(certificate)) or "no name"
        cure = f"one for {host} is wanted: {shown.cure}, or {PREFIX}PUBLIC_URL names another host"
        yield warning(
            f"it is for {names}, and devices are told {host}",
            where,
            cure,
            f"{shown.command} {host}" if shown.command else "",
        )


def _is_for(certificate: x509.Certificate, host: str) -> bool:
    """Whether it is for a host; a star stands for one label (RFC 6125, section 6.4.3)."""
    names = {name.lower() for name in names_of(certificate)}
    return bool({host.lower(), f"*.{host.lower().partition('.')[2]}"} & names)
