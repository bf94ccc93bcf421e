"""Who is asked: an address whose host is several machines is asked at each, as Prometheus does it in containers."""

import socket
from collections.abc import Iterable, Iterator
from typing import NamedTuple
from urllib.parse import urlsplit

from cli.services import reachable
from stadspuls.settings import Settings


class Address(NamedTuple):
    """One process to ask."""

    url: str
    """As it is shown: scheme, host, port and a path without a slash at the end."""
    tls: bool
    host: str
    port: int | None
    path: str
    name: str
    """What the `Host` header says."""


def addresses_of(settings: Settings) -> tuple[str, ...]:
    """What the settings say where no address is named: a list, or the API of this machine."""
    named = tuple(url.strip() for url in settings.status_urls.split(",") if url.strip())
    return named or (own_api(settings),)


def own_api(settings: Settings) -> str:
    """The address of the API on this machine."""
    host = reachable(settings.http_host)
    scheme = "https" if settings.http_tls_cert else "http"
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{settings.http_port}"


def found_at(urls: Iterable[str]) -> list[Address]:
    """Every process behind some addresses, each once.

    Raises:
        ValueError: naming one that is no address of HTTP.
    """
    return list(dict.fromkeys(address for url in urls for address in _each(url)))


def _each(url: str) -> Iterator[Address]:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise ValueError(f"{url[:100]!r} is no address: {error}") from error
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise ValueError(f"{url[:100]!r} is no address such as http://127.0.0.1:8080")
    host, path, tls = parts.hostname, parts.path.rstrip("/"), parts.scheme == "https"
    machines = [] if tls else _machines(host)
    if len(machines) > 1:
        for machine in machines:
            shown = f"http://{machine}{f':{port}' if port else ''}{path}"
            yield Address(shown, tls, machine, port, path, parts.netloc.rpartition("@")[2])
    else:
        yield Address(url.rstrip("/"), tls, host, port, path, parts.netloc.rpartition("@")[2])


def _machines(host: str) -> list[str]:
    """The IPv4 addresses that a name has; none where it is no name, or has none."""
    try:
        found = socket.getaddrinfo(host, None, socket.AF_INET, socket.SOCK_STREAM)
    except OSError:
        return []
    return sorted({str(address[0]) for *_, address in found})
