"""What a request may be, and how many of them an address may send: as plain ASGI, around everything that works."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from apis.problems import problem_response
from apis.visitors import KEPT, QUESTION, Visitors
from stadspuls.errors import HeadersTooLarge, TooManyRequests, UriTooLong
from stadspuls.metrics import HTTP_REFUSED

LONGEST_ADDRESS = 8192
"""Bytes of path and query, escaped; a hundred sites by IRI fit."""
LONGEST_HEADERS = 32 * 1024
MOST_HEADERS = 100

FREE = ("/static/", "/docs/static/", "/health/", "/metrics", "/admin/")
"""Not counted: files, what watches the platform, and what has keys and a limit of its own."""


def check_size(scope: Scope) -> None:
    """Refuse a request whose address or headers are longer than anything that makes sense.

    Raises:
        UriTooLong: the address.
        HeadersTooLarge: the headers.
    """
    # An address in a test may have no raw path.
    length = len(scope.get("raw_path") or scope["path"]) + len(scope["query_string"])
    if length > LONGEST_ADDRESS:
        HTTP_REFUSED.labels("address").inc()
        raise UriTooLong(f"the address has {length} bytes; at most {LONGEST_ADDRESS}")
    headers = scope["headers"]
    if len(headers) > MOST_HEADERS:
        HTTP_REFUSED.labels("headers").inc()
        raise HeadersTooLarge(f"there are {len(headers)} headers; at most {MOST_HEADERS}")
    size = 0
    for name, value in headers:
        size += len(name) + len(value)
    if size > LONGEST_HEADERS:
        HTTP_REFUSED.labels("headers").inc()
        raise HeadersTooLarge(f"the headers have {size} bytes; at most {LONGEST_HEADERS}")


class Limit:
    """Has each question paid for by the address that it comes from, and tells what is left."""

    def __init__(self, app: ASGIApp, visitors: Visitors, base_url: str) -> None:
        self._app = app
        self._visitors = visitors
        self._base_url = base_url

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a question that can be paid on; one whose answer cost nothing to find gets most of its point back."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        purse = scope["state"]["purse"] = self._visitors.purse(scope)
        if not purse.counts or scope["path"].startswith(FREE):
            await self._app(scope, receive, send)
            return

        async def tell(message: Message) -> None:
            if message["type"] == "http.response.start":
                immutable = _is_immutable(message)
                if immutable or message["status"] == 304:
                    purse.give_back(QUESTION - KEPT)
                # What never changes is kept and given to others, whom it does not concern what is left here.
                if not immutable:
                    message = {**message, "headers": [*message["headers"], *purse.headers()]}
            await send(message)

        try:
            purse.spend()
        except TooManyRequests as error:
            request_id = scope["state"]["request_id"]
            await problem_response(error, self._base_url, request_id)(scope, receive, tell)
            return
        await self._app(scope, receive, tell)


def _is_immutable(start: Message) -> bool:
    return start["status"] in (200, 304) and any(
        name == b"cache-control" and b"immutable" in value for name, value in start["headers"]
    )
