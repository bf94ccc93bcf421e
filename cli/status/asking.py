"""One look at the processes of a platform: their metrics, and what they say of their health."""

import http.client
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

import msgspec

from apis.health.models import Health
from cli.api_connection import connect
from cli.status.addresses import Address
from cli.status.samples import NOTHING, Samples, parse

SECONDS = 5.0
"""How long a process may take for an answer."""
LONGEST = 32 * 1024 * 1024
"""Bytes of an answer that are read."""
_AT_ONCE = 16


@dataclass(frozen=True)
class Told:
    """What one process told."""

    url: str
    at: float = 0.0
    """When, in Unix time of its own clock: what it tells is to be compared with that."""
    samples: Samples = NOTHING
    health: Health | None = None
    """What the API says of the platform; other processes say nothing of it."""
    trouble: str | None = None
    """Why it told nothing."""


def look(addresses: Sequence[Address]) -> list[Told]:
    """What every process tells now, in the order of the addresses."""
    with ThreadPoolExecutor(max_workers=_AT_ONCE) as threads:
        return list(threads.map(_ask, addresses))


def _ask(address: Address) -> Told:
    try:
        return _told(address)
    except (OSError, http.client.HTTPException, ValueError) as error:
        return Told(address.url, trouble=getattr(error, "strerror", None) or str(error) or type(error).__name__)


def _told(address: Address) -> Told:
    """What a process tells.

    Raises:
        OSError: when it does not answer.
        http.client.HTTPException: when it does not speak HTTP.
        ValueError: when it is no process of Stadspuls.
    """
    metrics = _get(address, "/metrics")
    samples = parse(metrics.body.decode()) if metrics.status == http.client.OK else NOTHING
    if not samples:
        raise ValueError(f"what answers there is not Stadspuls ({metrics.status} for /metrics)")
    ready = _get(address, "/health/ready")
    health = None
    if ready.status in {http.client.OK, http.client.SERVICE_UNAVAILABLE} and ready.is_health:
        health = msgspec.json.decode(ready.body, type=Health)
    return Told(address.url, metrics.at, samples, health)


@dataclass(frozen=True)
class _Answer:
    status: int
    body: bytes
    at: float
    is_health: bool


def _get(address: Address, path: str) -> _Answer:
    connection = connect(address.host, address.port, SECONDS, tls=address.tls)
    try:
        connection.request("GET", address.path + path, headers={"Host": address.name, "Accept": "*/*"})
        answer = connection.getresponse()
        body = answer.read(LONGEST)
        kind = answer.headers.get_content_type()
        return _Answer(answer.status, body, _moment(answer.headers["Date"]), kind == "application/health+json")
    finally:
        connection.close()


def _moment(date: str | None) -> float:
    """The teller's own clock; ours where it does not say."""
    try:
        return parsedate_to_datetime(date or "").timestamp()
    except ValueError:
        return time.time()
