"""What surrounds every answer, as plain ASGI: headers, HEAD, metrics, and the net below unexpected errors."""

import secrets
import time
from collections.abc import Callable

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from apis.limiting import check_size
from apis.problems import problem_response
from apis.security import common_headers, dress, is_private, preflight
from stadspuls.errors import InternalError, RequestError
from stadspuls.logs import get_logger
from stadspuls.metrics import HTTP_REQUESTS, HTTP_SECONDS

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

    def __init__(self, app: ASGIApp, base_url: str, allowed: Callable[[str], str]) -> None:
        """`allowed`: the methods of a path."""
        self._app = app
        self._base_url = base_url
        self._allowed = allowed
        self._headers = {private: common_headers(base_url, private) for private in (False, True)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; HEAD goes on as GET, and its body stays behind."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = secrets.token_hex(8)
        asked = scope["method"]
        private = is_private(scope["path"])
        # An answer that does not end must know that nobody waits for its body.
        scope.setdefault("state", {}).update(request_id=request_id, asked=asked)

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = dress(message, self._headers[private], request_id)
            elif asked == "HEAD" and message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        try:
            check_size(scope)
        except RequestError as error:
            await problem_response(error, self._base_url, request_id)(scope, receive, dressed)
            return
        if asked == "OPTIONS":
            headers = preflight(self._allowed(scope["path"]), private)
            await Response(status_code=204, headers=headers)(scope, receive, dressed)
            return
        # A copy: the server looks at the method too, for whether a body is due.
        inside = {**scope, "method": "GET"} if asked == "HEAD" else scope
        try:
            await self._app(inside, receive, dressed)
        finally:
            # Whoever measures wants to know.
            scope["route"] = inside.get("route")


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
