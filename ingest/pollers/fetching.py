"""One question to a foreign API: conditional, limited in time and size, and told apart by what came of it."""

import email.utils
import re
from datetime import UTC, datetime
from enum import StrEnum
from http import HTTPStatus
from typing import NamedTuple

import aiohttp

from stadspuls import __version__

BODY_BYTES = 8 * 1024 * 1024
"""Bytes of an answer, unpacked, at most."""
ANSWER_SECONDS = 30.0
"""From the question to the last byte of the answer."""
LONGEST_WAIT = 24 * 3600.0
"""Seconds; whoever asks for more is asked once a day."""
_REDIRECTS = 3
_JSON = re.compile(r"(application|text)/(json|[\w.+-]+\+json)", re.IGNORECASE)


class Outcome(StrEnum):
    """What came of a poll."""

    NEW = "new"
    UNCHANGED = "unchanged"
    """304: nothing new since the last answer."""
    EMPTY = "empty"
    """An answer of the right form with nothing of ours in it."""
    CHANGED = "changed"
    """No JSON, or none of the form that is known."""
    WRONG_TYPE = "wrong-type"
    TOO_LARGE = "too-large"
    TRUNCATED = "truncated"
    SLOW = "slow"
    LIMITED = "limited"
    """We are asked to come later: 429, or 503 with Retry-After."""
    REFUSED = "refused"
    """Another 4xx."""
    FAILED = "failed"
    """5xx, or no connection."""


class Fetched(NamedTuple):
    """An answer, or why there is none."""

    outcome: Outcome
    detail: str = ""
    body: bytes = b""
    wait: float = 0.0
    """Seconds for which the server wants to be left alone."""


class Fetcher:
    """Asks for one address again and again; remembers what makes the next question conditional."""

    def __init__(self, url: str, body_bytes: int = BODY_BYTES) -> None:
        self._url = url
        self._body_bytes = body_bytes
        self._pending: dict[str, str] = {}
        self._conditions: dict[str, str] = {}

    async def fetch(self, session: aiohttp.ClientSession) -> Fetched:
        """Ask once; whatever goes wrong is an outcome."""
        try:
            async with session.get(self._url, headers=self._conditions, max_redirects=_REDIRECTS) as response:
                return await self._judge(response)
        except TimeoutError:
            return Fetched(Outcome.SLOW, "no whole answer in time")
        except aiohttp.ClientPayloadError as error:
            return Fetched(Outcome.TRUNCATED, str(error))
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return Fetched(Outcome.FAILED, f"{type(error).__name__}: {error}")

    def understood(self) -> None:
        """The answer could be used: from now on only what is newer is asked for."""
        self._conditions = self._pending

    async def _judge(self, response: aiohttp.ClientResponse) -> Fetched:
        if response.status == HTTPStatus.NOT_MODIFIED:
            return Fetched(Outcome.UNCHANGED)
        if response.status != HTTPStatus.OK:
            return _refusal(response)
        if not _JSON.fullmatch(response.content_type):
            return Fetched(Outcome.WRONG_TYPE, f"{response.content_type} instead of JSON")
        body = bytearray()
        async for chunk in response.content.iter_any():
            body += chunk
            if len(body) > self._body_bytes:
                response.close()
                return Fetched(Outcome.TOO_LARGE, f"more than {self._body_bytes} bytes")
        self._pending = {
            question: response.headers[answer]
            for question, answer in (("If-None-Match", "ETag"), ("If-Modified-Since", "Last-Modified"))
            if answer in response.headers
        }
        return Fetched(Outcome.NEW, body=bytes(body))


def user_agent(base_url: str, email: str = "") -> str:
    """Who asks, and how to reach whoever runs it."""
    contact = f"; {email}" if email else ""
    return f"Stadspuls/{__version__} (+{base_url}{contact})"


def open_session(agent: str, answer_seconds: float = ANSWER_SECONDS) -> aiohttp.ClientSession:
    """A session in which every question says who asks."""
    return aiohttp.ClientSession(
        headers={"User-Agent": agent, "Accept": "application/json"},
        timeout=aiohttp.ClientTimeout(total=answer_seconds),
        cookie_jar=aiohttp.DummyCookieJar(),
        # HTTPS_PROXY and its like: many a city hall has no other way out.
        trust_env=True,
    )


def _refusal(response: aiohttp.ClientResponse) -> Fetched:
    wait = _seconds(response.headers.get("Retry-After", ""))
    detail = f"{response.status} {response.reason}"
    busy = response.status == HTTPStatus.TOO_MANY_REQUESTS
    if busy or (response.status == HTTPStatus.SERVICE_UNAVAILABLE and wait):
        return Fetched(Outcome.LIMITED, detail, wait=wait)
    return Fetched(Outcome.FAILED if response.status >= 500 else Outcome.REFUSED, detail, wait=wait)


def _seconds(retry_after: str) -> float:
    """Retry-After as seconds from now (RFC 9110, section 10.2.3); 0 when it says nothing."""
    if retry_after.strip().isdecimal():
        return min(float(retry_after), LONGEST_WAIT)
    try:
        moment = email.utils.parsedate_to_datetime(retry_after)
    except ValueError:
        return 0.0
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return min(max(0.0, (moment - datetime.now(UTC)).total_seconds()), LONGEST_WAIT)
