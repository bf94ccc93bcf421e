"""Every error as one shape: problem details (RFC 9457), `type` = `/docs/errors#<code>`."""

import math

import msgspec

from stadspuls.errors import (
    Forbidden,
    Gone,
    HeadersTooLarge,
    InternalError,
    InvalidParameter,
    MethodNotAllowed,
    NotAcceptable,
    OnlyAggregates,
    RangeNotSatisfiable,
    RequestError,
    TooLarge,
    TooManyRequests,
    Unauthorized,
    Unavailable,
    UnknownCity,
    UnknownDataset,
    UnknownDay,
    UnknownPage,
    UnknownPath,
    UnknownProperty,
    UnknownRejection,
    UnknownSensor,
    UnknownSite,
    UnsupportedMediaType,
    UriTooLong,
)

MEDIA_TYPE = "application/problem+json"
RETRY_SECONDS = 5

STATUS: dict[str, int] = {
    RequestError.code: 400,
    InvalidParameter.code: 400,
    Unauthorized.code: 401,
    Forbidden.code: 403,
    OnlyAggregates.code: 403,
    UnknownCity.code: 404,
    UnknownDataset.code: 404,
    UnknownSite.code: 404,
    UnknownSensor.code: 404,
    UnknownProperty.code: 404,
    UnknownPage.code: 404,
    UnknownDay.code: 404,
    UnknownPath.code: 404,
    UnknownRejection.code: 404,
    MethodNotAllowed.code: 405,
    NotAcceptable.code: 406,
    Gone.code: 410,
    TooLarge.code: 413,
    UriTooLong.code: 414,
    UnsupportedMediaType.code: 415,
    RangeNotSatisfiable.code: 416,
    TooManyRequests.code: 429,
    HeadersTooLarge.code: 431,
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


def problem_headers(error: RequestError, allowed: str) -> dict[str, str]:
    """The headers that go with it; `allowed` are the methods of the whole service."""
    headers = {"Cache-Control": "no-store"}
    if isinstance(error, MethodNotAllowed):
        headers["Allow"] = allowed
    if isinstance(error, Unauthorized):
        headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, Unavailable):
        headers["Retry-After"] = str(RETRY_SECONDS)
    if isinstance(error, TooManyRequests):
        headers["Retry-After"] = str(math.ceil(error.retry_after))
    if isinstance(error, RangeNotSatisfiable):
        headers["Content-Range"] = f"bytes */{error.size}"
    return headers
