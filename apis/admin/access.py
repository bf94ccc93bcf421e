"""Who may do what below `/admin`: one dependency over the platform's API keys, for every route there."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from fastapi import Request

from stadspuls import keys
from stadspuls.errors import Forbidden, KeysError, Unauthorized, Unavailable
from stadspuls.keys import EVERY_CITY, Key, KeyFile, Scope
from stadspuls.limits import RateLimit
from stadspuls.logs import get_logger
from stadspuls.settings import Settings

SECURITY: dict[str, list[str]] = {"operators": []}
"""What routes say of themselves in OpenAPI."""
SECURITY_SCHEMES = {
    "operators": {
        "type": "http",
        "scheme": "bearer",
        "description": "A key of a city with scope `rejected` or `replay`: `stadspuls key new gent --scope rejected`.",
    }
}
FAILED_RATE = 10.0
"""Attempts a second without a good key, of everybody together. A good one is never held up by them."""


@dataclass(frozen=True)
class Visitor:
    """Somebody with a key, and which cities it opens."""

    key: Key
    scope: Scope

    @property
    def city(self) -> str | None:
        """The one city of the key; None: all of them, and topics of none."""
        return None if self.key.city == EVERY_CITY else self.key.city

    def narrowed(self, city: str | None, dataset: str | None) -> str | None:
        """The city to which a question is narrowed; None: it is about all.

        Raises:
            Forbidden: when it is about another city's.
        """
        for asked in (city, dataset and dataset.partition("/")[0]):
            if asked:
                keys.require(self.key, self.scope, asked)
        return city or self.city


class Gate:
    """Knows keys, and slows down those who have none."""

    def __init__(self, settings: Settings) -> None:
        self._keys = KeyFile(settings.keys_path)
        self._failed = RateLimit(FAILED_RATE, told="too many attempts without a key that is known")

    def admit(self, authorization: str, scope: Scope) -> Visitor:
        """Whoever a header `Authorization` belongs to.

        Raises:
            Unauthorized: when it holds no key that is known.
            TooManyRequests: the same, too often.
            Forbidden: when the key is not for this.
            Unavailable: when keys cannot be read.
        """
        try:
            key = self._known(authorization)
        except Unauthorized:
            # A wrong key costs what none does.
            self._failed.take("")
            raise
        if scope not in key.scopes:
            raise Forbidden(f"the key {key.id} is not for {scope}")
        return Visitor(key, scope)

    def _known(self, authorization: str) -> Key:
        if not authorization:
            # Whatever is wrong with the keys: who has none is told so.
            raise Unauthorized("send 'Authorization: Bearer <key>' with a key of the city")
        try:
            return self._keys.known(authorization)
        except KeysError as error:
            get_logger().error("API keys cannot be used", why=str(error))
            raise Unavailable("API keys cannot be read now") from error


def require(scope: Scope) -> Callable[[Request], Awaitable[Visitor]]:
    """Dependency of a route: who asks, with a key for `scope`; which city it is for, the visitor says."""

    async def admitted(request: Request) -> Visitor:
        gate: Gate = request.app.state.gate
        return gate.admit(request.headers.get("authorization", ""), scope)

    return admitted
