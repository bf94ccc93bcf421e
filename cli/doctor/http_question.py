"""A question by HTTP to a server that is looked at, and its answer."""

import http.client
import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from cli.doctor.handshake import SECONDS

_MOST = 1024 * 1024
"""Bytes that are read of an answer."""


@dataclass(frozen=True)
class Answer:
    """What a server has said."""

    status: int
    document: dict[str, Any]
    """Empty where it is no JSON object."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """With names in small letters."""

    @property
    def date(self) -> datetime | None:
        """What its clock says; None where it does not tell."""
        try:
            return parsedate_to_datetime(self.headers["date"])
        except (KeyError, ValueError):
            return None


def ask(
    connection: http.client.HTTPConnection,
    path: str,
    headers: Mapping[str, str] | None = None,
    *,
    method: str = "GET",
    body: str | None = None,
) -> Answer:
    """Ask once, and hang up.

    Raises:
        OSError, http.client.HTTPException: when there is no answer.
    """
    try:
        connection.request(method, path, body, dict(headers or {}))
        answer = connection.getresponse()
        content = answer.read(_MOST)
    finally:
        connection.close()
    told = {name.lower(): value for name, value in answer.getheaders()}
    return Answer(answer.status, _document(content), told)


def connection_to(address: str, *, trusting: bool = False) -> http.client.HTTPConnection:
    """A connection to the server of an address, opened when something is asked.

    Args:
        address: with `http` or `https`.
        trusting: take any certificate: for a process of our own on this machine.
    """
    url = urlsplit(address)
    if url.scheme != "https":
        return http.client.HTTPConnection(url.hostname or "", url.port, timeout=SECONDS)
    context = ssl.create_default_context()
    if trusting:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return http.client.HTTPSConnection(url.hostname or "", url.port, timeout=SECONDS, context=context)


def below(address: str, path: str) -> str:
    """A path below that of an address."""
    return urlsplit(address).path.rstrip("/") + path


def _document(content: bytes) -> dict[str, Any]:
    try:
        found = json.loads(content)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
