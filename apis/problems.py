"""Every error of the API as a problem document."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from stadspuls.errors import InternalError, InvalidParameter, MethodNotAllowed, RequestError, UnknownPath
from stadspuls.logs import get_logger
from stadspuls.problems import MEDIA_TYPE, STATUS, problem, problem_headers

ALLOWED = "GET, HEAD, OPTIONS"
"""What most paths have."""


def problem_response(error: RequestError, base_url: str, request_id: str, allowed: str = ALLOWED) -> Response:
    """The answer to a request that failed with `error`; `allowed` are the methods of its path."""
    body = msgspec.json.encode(problem(error, base_url, request_id))
    return Response(body, STATUS[error.code], problem_headers(error, allowed), MEDIA_TYPE)


def from_validation(mistakes: Sequence[Mapping[str, Any]]) -> InvalidParameter:
    """One error that names every parameter that failed FastAPI's own checks."""
    texts = []
    for mistake in mistakes:
        name = ".".join(str(part) for part in mistake["loc"][1:])
        texts.append(f"{name}: {mistake['msg']} (given: {str(mistake.get('input'))[:80]!r})")
    return InvalidParameter("; ".join(texts))


def from_http(error: HTTPException, path: str, allowed: str = ALLOWED) -> RequestError:
    """Our own error for one that the router or a static file raised."""
    if error.status_code == 404:
        return UnknownPath(f"nothing is published at {path[:200]}; see /docs for what is")
    if error.status_code == 405:
        return MethodNotAllowed(f"only {allowed} here")
    return RequestError(str(error.detail))


def handle_errors(app: FastAPI, base_url: str, allowed: Callable[[str], str]) -> None:
    """Answer every error that reaches the routes with a problem document; `allowed`: the methods of a path."""

    def answer(request: Request, error: RequestError, methods: str = ALLOWED) -> Response:
        request_id: str = request.state.request_id
        if STATUS[error.code] >= 500:
            cause = error.__cause__
            get_logger().error(
                "request failed", request_id=request_id, path=request.url.path, why=str(error), cause=repr(cause)
            )
        return problem_response(error, base_url, request_id, methods)

    async def on_request_error(request: Request, error: Exception) -> Response:
        return answer(request, error if isinstance(error, RequestError) else InternalError("an unexpected error"))

    async def on_validation(request: Request, error: Exception) -> Response:
        mistakes = error.errors() if isinstance(error, RequestValidationError) else []
        return answer(request, from_validation(mistakes))

    async def on_http(request: Request, error: Exception) -> Response:
        http_error = error if isinstance(error, HTTPException) else HTTPException(500)
        methods = allowed(request.url.path) if http_error.status_code == 405 else ALLOWED
        return answer(request, from_http(http_error, request.url.path, methods), methods)

    app.add_exception_handler(RequestError, on_request_error)
    app.add_exception_handler(RequestValidationError, on_validation)
    app.add_exception_handler(HTTPException, on_http)
