"""Who asks, by address, and how much of it at once: points for questions, places for live streams.

A question costs a point, a dear one more; what a client has already, or what never changes, costs an eighth.
Whoever asks from this machine itself is not counted; a proxy there is not meant, whose clients come by their addresses.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated

from fastapi import Depends, Request
from starlette.types import Scope

from stadspuls.addresses import counted_as
from stadspuls.errors import TooManyRequests
from stadspuls.limits import RateLimit
from stadspuls.metrics import HTTP_CLIENTS, HTTP_REFUSED
from stadspuls.settings import Settings

QUESTION = 1.0
KEPT = 0.125
"""A 304, or what never changes."""
WINDOWS = 10.0
"""The store reads up to 200,000 observations for a page of windows, about a second of work."""
ENTRIES = 1000
"""Of a long page so many cost a point more."""

BURST_SECONDS = 60.0


class Purse:
    """What one visitor may still spend; without limits, or for this machine, it is never empty."""

    def __init__(self, limit: RateLimit | None, name: str | None) -> None:
        self._limit = limit if name is not None else None
        self._name = name or ""
        self._left = 0.0

    @property
    def counts(self) -> bool:
        """Whether anything is counted at all."""
        return self._limit is not None

    def spend(self, points: float = QUESTION) -> None:
        """Pay for something, before it is done.

        Raises:
            TooManyRequests: when there is too little left.
        """
        if self._limit is None:
            return
        try:
            self._left = self._limit.take(self._name, points)
        except TooManyRequests:
            self._left = self._limit.left(self._name)
            HTTP_REFUSED.labels("rate").inc()
            raise

    def give_back(self, points: float) -> None:
        """Take back some of what was paid."""
        if self._limit is not None:
            self._left = self._limit.give_back(self._name, points)

    def headers(self) -> list[tuple[bytes, bytes]]:
        """The fields of draft-ietf-httpapi-ratelimit-headers; nothing where nothing is counted."""
        if self._limit is None:
            return []
        full = math.ceil(self._limit.full_in(self._left))
        policy = b'"points";q=%d;w=%d' % (self._limit.most, BURST_SECONDS)
        return [(b"ratelimit-policy", policy), (b"ratelimit", b'"points";r=%d;t=%d' % (self._left, full))]


class Visitors:
    """Everyone who asks this API process."""

    def __init__(self, settings: Settings) -> None:
        told = "{name} has spent its points: {rate:g} come back each second"
        self._limit = RateLimit(settings.http_rate, told=told, seconds=BURST_SECONDS) if settings.http_rate else None
        self._most_streams = settings.http_connections
        self._streams: Counter[str] = Counter()
        HTTP_CLIENTS.set_function(self._known)

    def purse(self, scope: Scope) -> Purse:
        """The purse of whoever asks."""
        return Purse(self._limit, name_of(scope))

    @contextmanager
    def streaming(self, scope: Scope) -> Iterator[None]:
        """A place for a live stream, as long as it lasts.

        Raises:
            TooManyRequests: when that address has too many.
        """
        name = name_of(scope)
        if name is None or not self._most_streams:
            yield
            return
        if self._streams[name] >= self._most_streams:
            HTTP_REFUSED.labels("streams").inc()
            raise TooManyRequests(f"{name} has {self._most_streams} live streams already", BURST_SECONDS)
        self._streams[name] += 1
        try:
            yield
        finally:
            self._streams[name] -= 1
            if not self._streams[name]:
                del self._streams[name]

    def _known(self) -> float:
        return 0.0 if self._limit is None else float(len(self._limit))


def name_of(scope: Scope) -> str | None:
    """Under which name whoever sends a request is counted; None: not at all."""
    client = scope.get("client")
    return None if client is None else counted_as(client[0])


async def _spend(request: Request) -> Callable[[float], None]:
    purse: Purse = request.state.purse
    return purse.spend


SpendDep = Annotated[Callable[[float], None], Depends(_spend)]
"""Pays for an expensive question, besides the point that every question costs."""
