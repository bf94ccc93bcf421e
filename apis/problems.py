"""Every error as one shape: problem details (RFC 9457), `type` = `/docs/errors#<code>`."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from stadspuls.errors import (
    Gone,
    InternalError,
    InvalidParameter,
    MethodNotAllowed,
    NotAcceptable,
    OnlyAggregates,
    RangeNotSatisfiable,
    RequestError,
    Unavailable,
    UnknownCity,
    UnknownDataset,
    UnknownDay,
    UnknownPage,
    UnknownPath,
    UnknownProperty,
    UnknownSite,
)
from stadspuls.logs import get_logger

MEDIA_TYPE = "application/problem+json"
ALLOWED = "GET, HEAD, OPTIONS"
RETRY_SECONDS = 5

STATUS: dict[str, int] = {
    RequestError.code: 400,
    InvalidParameter.code: 400,
    OnlyAggregates.code: 403,
    UnknownCity.code: 404,
    UnknownDataset.code: 404,
    UnknownSite.code: 404,
    UnknownProperty.code: 404,
    UnknownPage.code: 404,
    UnknownDay.code: 404,
    UnknownPath.code: 404,
    MethodNotAllowed.code: 405,
    NotAcceptable.code: 406,
    Gone.code: 410,
    RangeNotSatisfiable.code: 416,
    InternalError.code: 500,
    Unavailable.code: 503,
}
"""The HTTP status of each error code; the only place that joins the two."""


class Problem(msgspec.Struct, rename="camel"):
    """What went wrong, for people and programs (RFC 9457).

    Attributes:
        type: Address of the error's description; its fragment is the stable code.
        title: The kind of error, always the same for a code.
        status: The HTTP status.
        detail: This very case.
        code: The stable code by itself.
        request_id: Also in the header `X-Request-Id`, and in the log where the fault is ours.
    """

    type: str
    title: str
    status: int
    detail: str
    code: str
    request_id: str


def problem(error: RequestError, base_url: str, request_id: str) -> Problem:
    """The problem document of an error."""
    return Problem(
        type=f"{base_url}/docs/errors#{error.code}",
        title=error.title,
        status=STATUS[error.code],
        detail=str(error),
        code=error.code,
        request_id=request_id,
    )


def problem_response(error: RequestError, base_url: str, request_id: str) -> Response:
    """The answer to a request that failed with `error`."""
    headers = {"Cache-Control": "no-store"}
    if isinstance(error, MethodNotAllowed):
        headers["Allow"] = ALLOWED
    if isinstance(error, Unavailable):
        headers["Retry-After"] = str(RETRY_SECONDS)
    if isinstance(error, RangeNotSatisfiable):
        headers["Content-Range"] = f"bytes */{error.size}"
    body = msgspec.json.encode(problem(error, base_url, request_id))
    return Response(body, STATUS[error.code], headers, MEDIA_TYPE)


def from_validation(mistakes: Sequence[Mapping[str, Any]]) -> InvalidParameter:
    """One error that names every parameter that failed FastAPI's own checks."""
    texts = []
    for mistake in mistakes:
        name = ".".join(str(part) for part in mistake["loc"][1:])
        texts.append(f"{name}: {mistake['msg']} (given: {str(mistake.get('input'))[:80]!r})")
    return InvalidParameter("; ".join(texts))


def from_http(error: HTTPException, path: str) -> RequestError:
    """Our own error for one that the router or a static file raised."""
    if error.status_code == 404:
        return UnknownPath(f"nothing is published at {path[:200]}; see /docs for what is")
    if error.status_code == 405:
        return MethodNotAllowed(f"only {ALLOWED} here")
    return RequestError(str(error.detail))


def handle_errors(app: FastAPI, base_url: str) -> None:
    """Answer every error that reaches the application's routes with a problem document."""

    def answer(request: Request, error: RequestError) -> Response:
        request_id: str = request.state.request_id
        if STATUS[error.code] >= 500:
            cause = error.__cause__
            get_logger().error(
                "request failed", request_id=request_id, path=request.url.path, error=str(error), cause=repr(cause)
            )
        return problem_response(error, base_url, request_id)

    async def on_request_error(request: Request, error: Exception) -> Response:
        return answer(request, error if isinstance(error, RequestError) else InternalError("an unexpected error"))

    async def on_validation(request: Request, error: Exception) -> Response:
        mistakes = error.errors() if isinstance(error, RequestValidationError) else []
        return answer(request, from_validation(mistakes))

    async def on_http(request: Request, error: Exception) -> Response:
        http_error = error if isinstance(error, HTTPException) else HTTPException(500)
        return answer(request, from_http(http_error, request.url.path))

    app.add_exception_handler(RequestError, on_request_error)
    app.add_exception_handler(RequestValidationError, on_validation)
    app.add_exception_handler(HTTPException, on_http)
