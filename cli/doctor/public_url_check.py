"""The address that everything published begins with: one that others can open."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from cli.doctor.check import Check, Subject
from cli.doctor.finding import Finding, good, warning, wrong
from cli.doctor.secrecy import address_of
from deploy.servers.ports import is_loopback
from stadspuls.settings import PREFIX

_SETTING = f"{PREFIX}PUBLIC_URL"
_CURE = f"{_SETTING}=https://data.stad.example, the address by which people reach it"
_EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 - looked for, not bound


def _look(subject: Subject) -> Iterator[Finding]:
    settings = subject.settings
    url, base = urlsplit(settings.base_url), address_of(settings.base_url)
    host = url.hostname or ""
    if url.scheme not in {"http", "https"} or not host:
        yield wrong(f"{base} is no address of the web", _SETTING, _CURE)
    elif url.query or url.fragment or url.username:
        yield wrong(f"{base} is more than scheme, host, port and path", _SETTING, _CURE)
    elif host in _EVERYWHERE:
        yield wrong(f"{base} leads nobody here, and is in everything that is published", _SETTING, _CURE)
    elif is_loopback(host) and not is_loopback(settings.http_host):
        seen = f"{base} leads others to their own machine, and the API listens on {settings.http_host}"
        yield wrong(seen, _SETTING, _CURE)
    elif "." not in host and not is_loopback(host) and ":" not in host:
        yield warning(f"{host} is a name of this network alone", _SETTING, _CURE)
    else:
        yield good(base, _SETTING)


CHECK = Check("public-url", "the public URL leads others here", _look)
