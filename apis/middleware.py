"""What surrounds every answer, as plain ASGI: headers, HEAD, metrics, and the net below unexpected errors."""

import secrets
import time
from collections.abc import Mapping

from starlette.datastructures import MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from apis.problems import ALLOWED, problem_response
from stadspuls.errors import InternalError
from stadspuls.logs import get_logger
from stadspuls.metrics import HTTP_REQUESTS, HTTP_SECONDS

EXPOSED = "Accept-Ranges, Content-Range, ETag, Link, Repr-Digest, Retry-After, X-Request-Id"
"""Headers that a script on another site may read besides the usual ones."""

HEADERS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": EXPOSED,
    "Cross-Origin-Resource-Policy": "cross-origin",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
PRIVATE = "/admin"
"""What stands below is no open data: no script of another site may read it."""
PRIVATE_HEADERS = {
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
DATA_POLICY = "default-src 'none'; frame-ancestors 'none'"
"""Content security policy of everything that is no page; pages set their own."""

PREFLIGHT = {
    "Allow": ALLOWED,
    "Access-Control-Allow-Methods": ALLOWED,
    "Access-Control-Allow-Headers": "*",
    "Access-Control-Max-Age": "86400",
}
PRIVATE_PREFLIGHT = {"Allow": f"{ALLOWED}, POST", "Cache-Control": "no-store"}
METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})
"""Methods that metrics name; anyone may invent others."""


class Measure:
    """Counts and times every request by its route, never by its path: anyone may invent paths."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and measure until its answer is complete."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 500
        start = time.perf_counter()

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, watch)
        finally:
            route = getattr(scope.get("route"), "path", "other")
            method = scope["method"] if scope["method"] in METHODS else "other"
            HTTP_REQUESTS.labels(method, route, str(status)).inc()
            HTTP_SECONDS.labels(route).observe(time.perf_counter() - start)


class Surround:
    """Gives each request an id, each answer its common headers, and answers OPTIONS and HEAD for every path."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._preflight = Response(status_code=204, headers=PREFLIGHT)
        self._private_preflight = Response(status_code=204, headers=PRIVATE_PREFLIGHT)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; HEAD goes on as GET, and its body stays behind."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = secrets.token_hex(8)
        asked = scope["method"]
        private = f"{scope['path']}/".startswith(f"{PRIVATE}/")
        # An answer that does not end must know that nobody waits for its body.
        scope.setdefault("state", {}).update(request_id=request_id, asked=asked)

        async def dress(message: Message) -> None:
            if message["type"] == "http.response.start":
                _add_headers(MutableHeaders(scope=message), request_id, PRIVATE_HEADERS if private else HEADERS)
            elif asked == "HEAD" and message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        if asked == "OPTIONS":
            await (self._private_preflight if private else self._preflight)(scope, receive, dress)
            return
        # A copy: the server looks at the method too, for whether a body is due.
        inside = {**scope, "method": "GET"} if asked == "HEAD" else scope
        try:
            await self._app(inside, receive, dress)
        finally:
            # Whoever measures wants to know.
            scope["route"] = inside.get("route")


def _add_headers(headers: MutableHeaders, request_id: str, common: Mapping[str, str]) -> None:
    for name, value in common.items():
        headers[name] = value
    headers.setdefault("Content-Security-Policy", DATA_POLICY)
    headers["X-Request-Id"] = request_id
    # Only where compression did not say so itself: for short answers, and those without a body.
    if "accept-encoding" not in headers.get("vary", "").lower():
        headers.add_vary_header("Accept-Encoding")


class Catch:
    """Answers what nobody foresaw with a problem document that tells nothing of the inside."""

    def __init__(self, app: ASGIApp, base_url: str) -> None:
        self._app = app
        self._base_url = base_url

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; an error before the answer started becomes a 500, a later one breaks it off."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def watch(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, watch)
        except Exception:
            request_id = scope["state"]["request_id"]
            get_logger().exception("unexpected error", request_id=request_id, path=scope["path"])
            if started:
                raise
            error = InternalError(f"an unexpected error; the operators find it in their log as {request_id}")
            await problem_response(error, self._base_url, request_id)(scope, receive, send)
