"""From parameters and bodies of requests to questions of the store."""

import asyncio
from typing import Annotated
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

import msgspec
from fastapi import Query, Request

from apis.admin.access import Visitor
from apis.admin.models import ReplayRequest
from apis.instants import parse_instant
from apis.parameter_schemas import INSTANT, POSITION, optional
from stadspuls.clock import rfc3339
from stadspuls.errors import InvalidParameter, TooLarge, UnsupportedMediaType
from stadspuls.model import Reason, Rejection
from store import RejectedQuery
from store.protocol import RejectedPlace

MOST_ENTRIES = 1000
BODY_BYTES = 256 * 1024
BODY_SECONDS = 10.0
"""How long a body may take to come."""
_UTC = ZoneInfo("UTC")
_JSON = frozenset({"", "application/json", "application/x-www-form-urlencoded"})

City = Annotated[str | None, Query(description="First level of the topic.", examples=["gent"])]
DatasetName = Annotated[str | None, Query(description="The dataset of its topic.", examples=["gent/parking"])]
ReasonName = Annotated[Reason | None, Query(description="Why it was kept back.")]
Since = Annotated[
    str | None,
    Query(description="Rejected at or after: RFC 3339, or a date in UTC.", json_schema_extra=optional(INSTANT)),
]
Until = Annotated[str | None, Query(description="Rejected before.", json_schema_extra=optional(INSTANT))]
KeyName = Annotated[str | None, Query(description="The one with this key.")]
After = Annotated[
    str | None,
    Query(description="Position behind which to go on; taken from `next`.", json_schema_extra=optional(POSITION)),
]
Limit = Annotated[int, Query(ge=1, le=MOST_ENTRIES, description="Entries of a page, at most.")]


def query_of(
    visitor: Visitor,
    *,
    city: str | None,
    dataset: str | None,
    reason: Reason | None,
    since: str | None,
    until: str | None,
) -> RejectedQuery:
    """A question, narrowed to what the visitor may see.

    Raises:
        InvalidParameter: when a moment is none.
        Forbidden: when it is about another city's.
    """
    return RejectedQuery(
        city=visitor.narrowed(city, dataset),
        dataset=dataset,
        reason=reason,
        start=None if since is None else parse_instant("since", since, _UTC),
        end=None if until is None else parse_instant("until", until, _UTC),
    )


def place_of(text: str) -> RejectedPlace:
    """The place in a cursor.

    Raises:
        InvalidParameter: when it is none.
    """
    instant, comma, key = text.partition(",")
    if not comma:
        raise InvalidParameter("after: take it from the address in `next`; it reads <time>,<key>")
    return RejectedPlace(parse_instant("after", instant, _UTC), key)


def next_address(base_url: str, query: list[tuple[str, str]], last: Rejection) -> str:
    """The address of the page behind a rejection, with every other parameter of this one."""
    kept = [(name, value) for name, value in query if name != "after"]
    after = ("after", f"{rfc3339(last.rejected_at)},{last.key}")
    return f"{base_url}/admin/rejected?{urlencode([*kept, after], quote_via=quote, safe=':,')}"


async def replay_request(request: Request) -> ReplayRequest:
    """What the body asks for: keys, or a filter.

    Raises:
        UnsupportedMediaType: when it is no JSON, or packed.
        InvalidParameter: when it is not of its form, or asks for nothing, or for both.
        TooLarge: when it is longer than any that makes sense.
    """
    _require_json(request)
    try:
        asked = msgspec.json.decode(await _body(request), type=ReplayRequest)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidParameter(f"the body: {error}") from error
    filtered = (asked.city, asked.dataset, asked.reason, asked.since, asked.until) != (None,) * 5
    if bool(asked.keys) == filtered:
        raise InvalidParameter("the body: name keys, or choose by reason, city, dataset, since or until")
    return asked


def _require_json(request: Request) -> None:
    """One that tells no type, or that of an HTML form as curl does unasked, is taken for JSON."""
    packed = request.headers.get("content-encoding", "identity").lower()
    if packed != "identity":
        raise UnsupportedMediaType(f"the body is packed ({packed[:40]!r}): send it as it is")
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type not in _JSON:
        raise UnsupportedMediaType(f"{media_type[:80]!r} is not read here; send application/json")


async def _body(request: Request) -> bytes:
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for chunk in request.stream():
                body += chunk
                if len(body) > BODY_BYTES:
                    raise TooLarge(f"a body has at most {BODY_BYTES} bytes")
    except TimeoutError:
        raise InvalidParameter(f"the body did not come in {BODY_SECONDS:g} s") from None
    return bytes(body)
